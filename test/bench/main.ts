// `npm run bench`: whole logins on both engines, what each step costs beside an empty POST, growth, waiting pages,
// start. `--quick` takes about two minutes; `--only=TEXT` measures only what has that in its title; `--profile` tells
// where the time of a login goes. Figures are of one run on one machine: compare them with one another only.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../support/postgres.ts'
import { bareCryptography } from './cryptography.ts'
import { type Figure, table } from './figures.ts'
import { growth } from './growth.ts'
import { House } from './house.ts'
import { profileOf } from './profile.ts'
import { startUp } from './start-up.ts'
import { waitingPages } from './waiting.ts'
import { type Size, wholeLogins } from './whole-logins.ts'

const OUT = join(import.meta.dirname, '..', 'out')
const QUICK = process.argv.includes('--quick')
const PROFILE = process.argv.includes('--profile')
const only = process.argv.find((word) => word.startsWith('--only='))?.slice('--only='.length) ?? ''

const SIZE: Size = {
  logins: QUICK ? 1500 : 5000,
  rounds: QUICK ? 3 : 7,
  people: 1000,
  lanes: 48,
  // Less than half of full load: what latencies are read at.
  calmLanes: 6,
}
const USERS = QUICK ? 100_000 : 1_000_000
const PAGES = Math.min(QUICK ? 4000 : 20_000, openFiles() - 500)

const results: Record<string, Figure[]> = {}
const bare = PROFILE ? undefined : bareCryptography()

if (PROFILE) {
  await section('where the time of a login goes, SQLite (FULL)', () => profileOf(SIZE, join(OUT, 'sqlite.cpuprofile')))
  await section('where the time of a login goes, PostgreSQL', () =>
    onPostgres((url) => profileOf(SIZE, join(OUT, 'postgres.cpuprofile'), url)),
  )
} else {
  await section('whole logins, SQLite (FULL)', () => wholeLogins(SIZE, undefined, bare))
  await section('whole logins, PostgreSQL', () => onPostgres((url) => wholeLogins(SIZE, url, bare)))
  await section(`growth, SQLite: ${SIZE.people} users beside ${USERS}`, () => growth(SIZE, USERS - SIZE.people))
  await section(`waiting pages, ${PAGES} at once`, pages)
  await section('start', () => startUp(QUICK ? 3 : 9))
}

const machine = {
  processors: cpus().length,
  model: cpus()[0]?.model,
  node: process.version,
  at: new Date().toISOString(),
}
mkdirSync(OUT, { recursive: true })
const file = join(OUT, PROFILE ? 'bench-profile.json' : 'bench.json')
writeFileSync(file, JSON.stringify({ machine, bareCryptography: bare, results }, null, 2))

async function section(title: string, measure: () => Promise<Figure[]>): Promise<void> {
  if (!title.includes(only)) return
  const figures = await measure()
  results[title] = figures
  console.log(table(title, figures))
}

async function onPostgres(measure: (url: string) => Promise<Figure[]>): Promise<Figure[]> {
  await using postgres = await startPostgres({ durable: true })
  return await measure(await postgres.createDatabase())
}

async function pages(): Promise<Figure[]> {
  const house = await House.open()
  try {
    const people = await house.people(SIZE.people)
    // The first streams make the server reserve memory that later ones share.
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
