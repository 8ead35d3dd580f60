// `npm run bench`: whole logins on both engines, what each step costs beside an empty POST, the floor, the plain way, each
// door, growth, waiting pages, the console, start, phone and app. `--quick` takes about five minutes; `--only=TEXT` measures only what has that in its title;
// `--profile` tells where the time of a login goes; `--screens` measures the console, and sign-ins, in the store of
// COUNTERSIGN_DATA or DATABASE_URL, which `npm run seed` has filled and which is for nothing else. Figures are of one run
// on one machine: compare them with one another only.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { ownBounds } from '../../server/overload/bounds.ts'
import { startPostgres } from '../support/postgres.ts'
import { appPaint } from './app-paint.ts'
import { NotAtHand } from './at-hand.ts'
import { besideConsole } from './beside-console.ts'
import { bareCryptography } from './cryptography.ts'
import { doors } from './doors.ts'
import { type Figure, table } from './figures.ts'
import { floor } from './floor.ts'
import { growth } from './growth.ts'
import { House } from './house.ts'
import { lighthouse } from './lighthouse.ts'
import { notifications } from './notifications.ts'
import { type OwnPhone, openPhone } from './own-phone.ts'
import { plainWay } from './plain-way.ts'
import { besidePrivacyIdea } from './privacyidea.ts'
import { profileOf } from './profile.ts'
import { screens } from './screens.ts'
import { startUp } from './start-up.ts'
import { twoProcesses } from './two-processes.ts'
import { waitingFigures, waitingPages } from './waiting.ts'
import { type Size, wholeLogins } from './whole-logins.ts'

const OUT = join(import.meta.dirname, '..', 'out')
const QUICK = process.argv.includes('--quick')
const PROFILE = process.argv.includes('--profile')
const SCREENS = process.argv.includes('--screens')
const only = process.argv.find((word) => word.startsWith('--only='))?.slice('--only='.length) ?? ''

const SIZE: Size = {
  logins: QUICK ? 1500 : 5000,
  rounds: QUICK ? 3 : 7,
  people: 1000,
  lanes: 48,
  // Where two stores are compared, each is asked by so few that most of the time is not spent waiting for a turn.
  calmLanes: 6,
}
/** A console's store in a whole run; large ones are seeded once and kept. */
const SEEDED = { users: 2000, requests: 20_000, audit: 10_000, seed: 1 }
const DOORS = { ...SIZE, logins: SIZE.logins / 5 }
const BESIDE = { ...SIZE, logins: SIZE.logins / 5 }
const USERS = QUICK ? 100_000 : 1_000_000
/** As many as the server lets wait where it may open as many files as this process may; half of its heap is more. */
const PAGES = Math.min(QUICK ? 4000 : 20_000, ownBounds().waiting)

const results: Record<string, Figure[]> = {}
const titles: string[] = []
const bare = PROFILE || SCREENS ? undefined : bareCryptography()

if (PROFILE) {
  await section('where the time of a login goes, SQLite (FULL)', () => profileOf(SIZE, join(OUT, 'sqlite.cpuprofile')))
  await section('where the time of a login goes, PostgreSQL', () =>
    onPostgres((url) => profileOf(SIZE, join(OUT, 'postgres.cpuprofile'), url)),
  )
} else if (SCREENS) {
  const { COUNTERSIGN_DATA: folder, DATABASE_URL: databaseUrl } = process.env
  if (!folder)
    throw new Error('COUNTERSIGN_DATA must name the folder whose store (or key, with DATABASE_URL) was seeded')
  await consoleOf('the seeded store', () => House.open({ folder, databaseUrl }))
  if (!databaseUrl)
    await section(`growth, SQLite: ${SIZE.people} users beside the seeded store`, () => growth(SIZE, { folder }))
} else {
  await section('whole logins, SQLite (FULL)', () => wholeLogins(SIZE, undefined, bare))
  await section('whole logins, PostgreSQL', () => onPostgres((url) => wholeLogins(SIZE, url, bare)))
  await section('whole logins, PostgreSQL, two processes', () => onPostgres((url) => twoProcesses(SIZE, url)))
  await section('whole logins, the floor in memory', () => floor(SIZE, { inMemory: true }, bare))
  await section('whole logins, the floor with a row a step, SQLite (FULL)', () =>
    floor(SIZE, { inMemory: false }, bare),
  )
  await section('beside the plain way, SQLite (FULL)', () => plainWay(SIZE))
  await section('sign-ins by each door, SQLite (FULL)', () => doors(DOORS))
  await section(`growth, SQLite: ${SIZE.people} users beside ${USERS}`, () =>
    growth(SIZE, { crowd: USERS - SIZE.people }),
  )
  await section(`waiting pages, ${PAGES} at once`, pages)
  await consoleOf(`${SEEDED.users} people, SQLite`, seededHouse)
  await section('start', () => startUp(QUICK ? 3 : 9))
  await section('beside privacyIDEA, SQLite', () => besidePrivacyIdea(SIZE, QUICK ? 10 : 30))
  await section('phone: notifications', () => onPhone(notifications))
  await section('phone: the app from its cache', () => onPhone(appPaint))
  await section('pages at the first visit, by Lighthouse', () => lighthouse(QUICK ? 1 : 5))
}

if (!titles.some(isAskedFor)) {
  console.error(`Nothing has ‘${only}’ in its title. There are:\n${titles.map((title) => `  ${title}`).join('\n')}`)
  process.exit(1)
}

const machine = {
  processors: cpus().length,
  model: cpus()[0]?.model,
  node: process.version,
  at: new Date().toISOString(),
}
mkdirSync(OUT, { recursive: true })
const name = (PROFILE && 'bench-profile') || (SCREENS && 'bench-screens') || 'bench'
const file = join(OUT, `${name}.json`)
writeFileSync(file, JSON.stringify({ machine, bareCryptography: bare, results }, null, 2))

function isAskedFor(title: string): boolean {
  return title.includes(only)
}

async function section(title: string, measure: () => Promise<Figure[]>): Promise<void> {
  titles.push(title)
  if (!isAskedFor(title)) return
  try {
    const figures = await measure()
    results[title] = figures
    console.log(table(title, figures))
  } catch (error) {
    if (!(error instanceof NotAtHand)) throw error
    console.log(`${title}\n  ${error.message}\n`)
  }
}

async function consoleOf(store: string, open: () => Promise<House>): Promise<void> {
  const screenTitle = `screens of the console, ${store}: p95`
  const besideTitle = `sign-ins beside the console, ${store}`
  if (!isAskedFor(screenTitle) && !isAskedFor(besideTitle)) {
    titles.push(screenTitle, besideTitle)
    return
  }
  const house = await open()
  try {
    const token = await house.token()
    await section(screenTitle, () => screens(house, token))
    await section(besideTitle, () => besideConsole(house, token, BESIDE))
  } finally {
    await house.close()
  }
}

async function seededHouse(): Promise<House> {
  const house = await House.open()
  await house.seed(SEEDED)
  return house
}

async function onPostgres(measure: (url: string) => Promise<Figure[]>): Promise<Figure[]> {
  await using postgres = await startPostgres({ durable: true })
  return await measure(await postgres.createDatabase())
}

async function onPhone(measure: (own: OwnPhone, rounds: number) => Promise<Figure[]>): Promise<Figure[]> {
  await using own = await openPhone()
  return await measure(own, QUICK ? 10 : 30)
}

async function pages(): Promise<Figure[]> {
  const house = await House.open()
  try {
    const people = await house.people(SIZE.people)
    // The first streams make the server reserve memory that later ones share.
    await waitingPages(house, people, { count: 500 })
    return waitingFigures(await waitingPages(house, people, { count: PAGES, ended: 2000, lanes: SIZE.calmLanes }))
  } finally {
    await house.close()
  }
}
