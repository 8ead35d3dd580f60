// `npm run bench`: whole logins on both engines, what each step costs beside an empty POST, growth, waiting pages.
// Figures are of one run on one machine: compare them with one another, not with another day's.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import { startPostgres } from '../support/postgres.ts'
import { type Figure, percentile, table } from './figures.ts'
import { House } from './house.ts'
import type { LoginLoad } from './logins.ts'
import { start } from './processes.ts'
import { waitingPages } from './waiting.ts'

const OUT = join(import.meta.dirname, '..', 'out')
const QUICK = process.argv.includes('--quick')
const only = process.argv.find((word) => word.startsWith('--only='))?.slice('--only='.length)

const LOGINS = QUICK ? 1000 : 5000
const LANES = 48
/** Half of full load, more or less: what latencies are read at. */
const CALM_LANES = 6
const PEOPLE = 500
const CROWD = QUICK ? 100_000 : 1_000_000
const PAGES = Math.min(QUICK ? 4000 : 20_000, openFiles() - 500)

const results: Record<string, Figure[]> = {}

await section('whole logins, SQLite (FULL)', () => logins())
await section('whole logins, PostgreSQL', async () => {
  await using postgres = await startPostgres({ durable: true })
  return await logins(await postgres.createDatabase())
})
await section(`growth, SQLite: ${PEOPLE} and then ${CROWD} users more`, growth)
await section(`waiting pages, ${PAGES} at once`, pages)

mkdirSync(OUT, { recursive: true })
const machine = {
  processors: cpus().length,
  model: cpus()[0]?.model,
  node: process.version,
  at: new Date().toISOString(),
}
writeFileSync(join(OUT, 'bench.json'), JSON.stringify({ machine, results }, null, 2))

async function section(title: string, measure: () => Promise<Figure[]>): Promise<void> {
  if (only && !title.includes(only)) return
  const figures = await measure()
  results[title] = figures
  console.log(table(title, figures))
}

async function logins(databaseUrl?: string): Promise<Figure[]> {
  const house = await House.open(databaseUrl)
  try {
    const people = await house.people(PEOPLE)
    const load = house.load(people, LANES)
    await load.run(LANES, LOGINS / 5)
    const full = await measured(house, () => load.run(LANES, LOGINS))
    load.forget()
    await load.run(CALM_LANES, LOGINS / 5)
    const empty = await emptyPosts(CALM_LANES, LOGINS / 5)
    const figures = [
      { name: 'logins per second of the server’s processor time', value: LOGINS / full.processor, unit: '/s/core' },
      {
        name: 'logins per second by the clock',
        value: LOGINS / full.seconds,
        unit: '/s',
        note: 'all processes on the same cores',
      },
      ...latencies(load, empty),
    ]
    await load.close()
    return figures
  } finally {
    await house.close()
  }
}

async function measured(house: House, work: () => Promise<unknown>) {
  const before = { processor: house.used(), at: performance.now() }
  await work()
  return { processor: house.used() - before.processor, seconds: (performance.now() - before.at) / 1000 }
}

function latencies({ latencies: steps }: LoginLoad, empty: number[]): Figure[] {
  const times = (step: number[], share: number) => percentile(step, share) / percentile(empty, share)
  const figure = (name: string, step: number[]): Figure[] => [
    {
      name: `${name}, p50`,
      value: times(step, 0.5),
      unit: '× empty POST',
      note: `${percentile(step, 0.5).toFixed(2)} ms`,
    },
    {
      name: `${name}, p99`,
      value: times(step, 0.99),
      unit: '× empty POST',
      note: `${percentile(step, 0.99).toFixed(2)} ms`,
    },
  ]
  return [...figure('create answered', steps.create), ...figure('decision → page told', steps.told)]
}

/** Milliseconds each, through the same client at the same load. */
async function emptyPosts(lanes: number, total: number): Promise<number[]> {
  const hono = start<{ stop: true }, { origin: string }>('hono-main.ts')
  const { origin } = await hono.next()
  const pool = new Pool(origin, { connections: lanes })
  const times: number[] = []
  let left = total * 2
  const lane = async () => {
    while (left-- > 0) {
      const before = performance.now()
      const { body } = await pool.request({ method: 'POST', path: '/', body: '{}' })
      await body.dump()
      if (left < total) times.push(performance.now() - before)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  await pool.destroy()
  hono.stop()
  return times
}

async function growth(): Promise<Figure[]> {
  const house = await House.open()
  try {
    const people = await house.people(PEOPLE)
    const load = house.load(people, LANES)
    await load.run(LANES, LOGINS / 5)
    const medians = async () => {
      load.forget()
      const cost = await measured(house, () => load.run(CALM_LANES, LOGINS / 2))
      return {
        create: percentile(load.latencies.create, 0.5),
        told: percentile(load.latencies.told, 0.5),
        cost: cost.processor,
      }
    }
    const few = await medians()
    await house.crowd(CROWD)
    await load.run(LANES, LOGINS / 5)
    const many = await medians()
    await load.close()
    return [
      { name: 'create answered, p50', value: many.create / few.create, unit: '× before' },
      { name: 'decision → page told, p50', value: many.told / few.told, unit: '× before' },
      { name: 'processor time a login', value: many.cost / few.cost, unit: '× before' },
    ]
  } finally {
    await house.close()
  }
}

async function pages(): Promise<Figure[]> {
  const house = await House.open()
  try {
    const people = await house.people(PEOPLE)
    await waitingPages(house, people, 500)
    const bytes = await waitingPages(house, people, PAGES)
    return [{ name: 'memory of a waiting page', value: bytes / 1024, unit: 'KiB' }]
  } finally {
    await house.close()
  }
}

function openFiles(): number {
  return Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' })) || 1024
}
