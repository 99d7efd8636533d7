import { relative } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** They take longest, much of it waiting for processes and leases. Begun last, one of them would go on when all others are done. */
const longest = [
  'server/cli.test.ts',
  'server/store/embedded.test.ts',
  'server/demo.test.ts',
  'server/test/crash.test.ts',
  'server/workers/webhooks-of-processes.test.ts',
  'server/http/v2/events-of-processes.test.ts',
  'server/workers/deliver-webhooks.test.ts',
  'server/workers/webhook-reliability.test.ts',
  'server/http/attachments.test.ts',
  'server/connectors/sandbox/connector.test.ts',
  'server/http/edges.test.ts',
  'server/http/v2/thread-filters.test.ts',
  'server/http/v1/races.test.ts',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = longest.indexOf(relative(import.meta.dirname, moduleId))
      return found < 0 ? longest.length : found
    }
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other))
  }
}

export default defineConfig({
  test: {
    include: ['server/**/*.test.ts', 'bench/**/*.test.ts', 'scripts/**/*.test.ts'],
    globalSetup: ['server/test/global-setup.ts'],
    setupFiles: ['server/test/setup.ts'],
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    // Loading the server anew for every file takes longer than most files' tests.
    isolate: false,
    // One more than the cores we count on: some tests wait for processes to end or for leases to run out.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
