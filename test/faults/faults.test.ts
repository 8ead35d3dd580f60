// A few harms of `npm run faults` in each test run: how they end is asked, never how fast.
import { describe, expect, inject, it } from 'vitest'
import { ENGINES } from '../support/engines.ts'
import { createDatabase, dropDatabase } from '../support/postgres.ts'
import { findPostgresBinaries } from '../support/postgres-binaries.ts'
import { withClockSteps } from './clock-steps.ts'
import { withCuts } from './cut-connections.ts'
import { Installation } from './installation.ts'
import { killOnce } from './kill-server.ts'
import { OwnPostgres } from './own-postgres.ts'
import { withPause } from './pause-postgres.ts'
import { withBadPushServices } from './push-services.ts'
import { underLoad } from './under-load.ts'

const PATIENCE = 120_000
const FEW = { people: 8, lanes: 4, after: 3, untilSent: false }

async function database() {
  const url = await createDatabase(inject('postgresUrl'))
  return { url, [Symbol.asyncDispose]: () => dropDatabase(url) }
}

describe.each(ENGINES)('on %s', (engine) => {
  it(
    'a server killed while people sign in has lost nothing that it acknowledged, settled nothing twice, and its audit log has no gap',
    async () => {
      await using postgres = engine === 'postgres' ? await database() : undefined
      await using installation = await Installation.open({ databaseUrl: postgres?.url, people: 6 })
      await installation.start()
      const report = await underLoad(installation, {
        lanes: 4,
        after: 3,
        untilSent: false,
        harm: async (load) => {
          for (const afterMs of [0, 30]) await killOnce(installation, load, afterMs)
          return 'killed twice'
        },
      })
      expect(report.violations).toEqual([])
      expect(report.acknowledged.created).toBeGreaterThanOrEqual(5)
    },
    PATIENCE,
  )
})

it.runIf(ENGINES.includes('postgres'))(
  'connections to PostgreSQL that are cut lose nothing that was acknowledged',
  async () => {
    await using postgres = await database()
    const report = await withCuts(postgres.url, { times: 10, after: 3, untilSent: false })
    expect(report.violations).toEqual([])
  },
  PATIENCE,
)

// Not where somebody else's is used (`TEST_DATABASE_URL`) and there is none to be started: only one's own can be stopped.
it.runIf(ENGINES.includes('postgres') && findPostgresBinaries())(
  'a PostgreSQL that does nothing for a while loses nothing that was acknowledged',
  async () => {
    await using postgres = await OwnPostgres.open()
    await using installation = await Installation.open({ databaseUrl: await postgres.createDatabase(), people: 6 })
    await installation.start()
    const report = await withPause(installation, postgres, { seconds: 1, before: 3, ...FEW })
    expect(report.violations).toEqual([])
  },
  PATIENCE,
)

it.runIf(ENGINES.includes('sqlite'))(
  'a clock that jumps an hour ahead, an hour back, and stands still makes nothing count twice, and loses nothing',
  async () => {
    const report = await withClockSteps({ rounds: 1, each: 1, heldMs: 0, ...FEW })
    expect(report.violations).toEqual([])
  },
  PATIENCE,
)

it.runIf(ENGINES.includes('sqlite'))(
  'push services that are late, never answer, refuse, break off, show a wrong certificate or know nobody stop no sign-in',
  async () => {
    const report = await withBadPushServices({ several: 2, ...FEW })
    expect(report.violations).toEqual([])
    expect(report.acknowledged.redeemed).toBeGreaterThanOrEqual(5)
  },
  PATIENCE,
)
