// The machine's clock jumps an hour ahead, an hour back, and stands still; the server sees it by libfaketime, its
// timers go on. Phones set themselves right by what the server tells them.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../server/assemble.ts'
import { readConfig } from '../../server/config.ts'
import type { Fault } from './fault.ts'
import { Installation } from './installation.ts'
import { type Harm, type Report, underLoad } from './under-load.ts'

const LIBRARY = ['x86_64', 'aarch64']
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`)
  .find(existsSync)

/** Milliseconds. */
const STEPS: Record<string, number> = { '+1h': 3_600_000, '-1h': -3_600_000 }

export const clockSteps: Fault = {
  name: 'clock stepped and frozen',
  engines: ['sqlite', 'postgres'],
  run: ({ databaseUrl, quick }) => withClockSteps({ databaseUrl, rounds: quick ? 1 : 5, each: 5, heldMs: 1500 }),
}

/** @param each how many sign in by each clock @param heldMs for how long it is so after that */
export async function withClockSteps({
  databaseUrl,
  people,
  rounds,
  each,
  heldMs,
  ...frame
}: {
  databaseUrl?: string | undefined
  people?: number
  rounds: number
  each: number
  heldMs: number
} & Omit<Harm, 'harm'>): Promise<Report> {
  if (!LIBRARY) throw new Error('No libfaketime found: install the package `libfaketime`')
  const folder = mkdtempSync(join(tmpdir(), 'countersign-clock-'))
  const file = join(folder, 'clock')
  const set = (time: string) => writeFileSync(file, time)
  set('+0')
  await using installation = await Installation.open({ databaseUrl, ...(people !== undefined && { people }) })
  await installation.start({
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  })
  try {
    return await underLoad(installation, {
      ...frame,
      harm: async (load) => {
        for (let round = 0; round < rounds; round++)
          for (const time of ['+1h', '+0', '-1h', '+0', stopped(), '+0']) {
            set(time)
            await load.more(each)
            await untilOverIsWritten(installation, STEPS[time] ?? 0)
            await sleep(heldMs)
          }
        return `${rounds} rounds: an hour ahead, right, an hour back, right, standing still, right`
      },
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * What is over is shown as over at once, and written within a second. A clock that is set back in between brings it back,
 * and a server that ends leaves it to the next one: neither is what is tried here.
 */
async function untilOverIsWritten({ env }: Installation, stepMs: number): Promise<void> {
  const store = await openStore(readConfig(env))
  const overdue = () =>
    store.read
      .selectFrom('login_requests')
      .select('id')
      .where('state', '=', 'pending')
      .where('expires_at', '<=', Date.now() + stepMs)
      .executeTakeFirst()
  try {
    while (await overdue()) await sleep(50)
  } finally {
    await store.close()
  }
}

/** libfaketime's absolute form, in local time, which stops the clock. */
function stopped(): string {
  const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000)
  return now.toISOString().slice(0, 19).replace('T', ' ')
}
