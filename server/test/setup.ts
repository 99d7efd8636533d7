import { afterAll } from 'vitest'
import { endTestFile } from './harness.ts'

// Run for every test file, also where modules are loaded once for many of them.
afterAll(endTestFile)
