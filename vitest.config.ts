// `unit`: what needs no store. `engines`: the server, whose tests run on every engine that TEST_ENGINES allows.
import { defineConfig } from 'vitest/config'

/** Generous: what is asserted is the outcome, and the machine may be busy. */
const PATIENCE = { testTimeout: 30_000, hookTimeout: 60_000, expect: { poll: { timeout: 20_000 } } }

export default defineConfig({
  test: {
    // One for each core: left to itself one core stays idle, which on two of them is half.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          ...PATIENCE,
          include: [
            '{protocol,words,client,sw}/**/*.test.ts',
            'test/*.test.ts',
            'test/{support,vectors,bench}/**/*.test.ts',
          ],
        },
      },
      {
        test: {
          name: 'engines',
          environment: 'node',
          ...PATIENCE,
          globalSetup: 'test/support/postgres-global.ts',
          include: ['server/**/*.test.ts', 'test/{seed,doors,engines,wire}/**/*.test.ts'],
        },
      },
    ],
  },
})
