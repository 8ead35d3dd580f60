// What an installation stands on: either store engine, the authenticator on the one origin or on one of its own. The same
// place is one installation, whichever file asks for it.
import { startPostgres } from '../support/postgres.ts'
import { type ChangedLimits, reaching } from './house.ts'
import { type Installation, startInstallation } from './installation.ts'
import { test } from './sign-in.ts'

export interface Place {
  store: 'SQLite' | 'PostgreSQL'
  apart: boolean
  limits?: ChangedLimits
}

const made = new Map<string, ReturnType<typeof makeTestOn>>()

export function testOn(place: Place): ReturnType<typeof makeTestOn> {
  const key = JSON.stringify(place)
  const there = made.get(key) ?? makeTestOn(place)
  made.set(key, there)
  return there
}

function makeTestOn({ store, apart, limits }: Place) {
  return test.extend<object, { installation: Installation; worn: string | undefined }>({
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its pattern
    worn: [async ({}, use) => use(undefined), { scope: 'worker' }],
    installation: [
      async ({ service }, use) => {
        await using resources = new AsyncDisposableStack()
        const engine = store === 'PostgreSQL' ? resources.use(await startPostgres()) : undefined
        const databaseUrl = await engine?.createDatabase()
        const installation = await startInstallation({
          env: reaching(service, limits),
          apart,
          ...(databaseUrl !== undefined && { databaseUrl }),
        })
        await use(resources.use(installation))
      },
      { scope: 'worker' },
    ],
  })
}
