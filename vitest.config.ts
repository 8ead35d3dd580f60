// `unit`: what needs no store. `engines`: the server, whose tests run on every engine that TEST_ENGINES allows.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['{protocol,words,client,sw}/**/*.test.ts', 'test/*.test.ts', 'test/{support,vectors}/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'engines',
          environment: 'node',
          globalSetup: 'test/support/postgres-global.ts',
          include: ['server/**/*.test.ts', 'test/engines/**/*.test.ts'],
        },
      },
    ],
  },
})
