// `unit`: what needs no store. `engines`: the server, whose tests run on every engine that TEST_ENGINES allows.
import { defineConfig } from 'vitest/config'

const COMMON = {
  environment: 'node' as const,
  // What a room knows is given to it, so nothing is left over for the next file; to import all of the server anew for
  // each was a third of the whole time.
  isolate: false,
  // Generous: what is asserted is the outcome, and the machine may be busy.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 20_000 } },
}

export default defineConfig({
  test: {
    // One for each core: left to itself one core stays idle, which on two of them is half.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          ...COMMON,
          include: [
            '{protocol,words,client,sw}/**/*.test.ts',
            'test/*.test.ts',
            'test/{support,vectors,bench,simulate}/**/*.test.ts',
            'test/faults/{checker,shedding,bounds}.test.ts',
          ],
        },
      },
      {
        test: {
          name: 'engines',
          ...COMMON,
          globalSetup: 'test/support/models-global.ts',
          include: ['server/**/*.test.ts', 'test/{seed,doors,wire}/**/*.test.ts', 'test/faults/faults.test.ts'],
        },
      },
    ],
  },
})
