import { afterAll } from 'vitest'
import { stopTestServer } from './harness.ts'

// Run for every test file, also where modules are loaded once for many of them.
afterAll(stopTestServer)
