// `npm run faults`: each fault on each engine, with proof that nothing acknowledged was lost, nothing settled twice, and
// no entry is missing from the audit log. `--quick` makes fewer rounds; `--only=TEXT` runs what has that in its name;
// `--engine=sqlite` spares PostgreSQL. The exit code is 1 where anything was violated.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { tally } from './checker.ts'
import { clockSteps } from './clock-steps.ts'
import { cutConnections } from './cut-connections.ts'
import { diskFull } from './disk-full.ts'
import { diskReadOnly } from './disk-read-only.ts'
import type { Engine, Fault, Place } from './fault.ts'
import { idleStreams } from './idle-streams.ts'
import { killPostgres } from './kill-postgres.ts'
import { killServer } from './kill-server.ts'
import { overload } from './overload.ts'
import { OwnPostgres } from './own-postgres.ts'
import { pausePostgres } from './pause-postgres.ts'
import { powerCut } from './power-cut.ts'
import { pushServices } from './push-services.ts'
import { silentConnections } from './silent-connections.ts'
import { slowReaders } from './slow-readers.ts'
import { twoServers } from './two-servers.ts'
import type { Report } from './under-load.ts'

const FAULTS: readonly Fault[] = [
  killServer,
  killPostgres,
  pausePostgres,
  cutConnections,
  silentConnections,
  diskFull,
  diskReadOnly,
  powerCut,
  clockSteps,
  pushServices,
  twoServers,
  overload,
  slowReaders,
  idleStreams,
]

const OUT = join(import.meta.dirname, '..', 'out')
const option = (name: string) => process.argv.find((word) => word.startsWith(`--${name}=`))?.split('=')[1]
const only = option('only') ?? ''
const engine = option('engine')
const quick = process.argv.includes('--quick')

type Result = Report & { fault: string; engine: Engine; seconds: number }
const results: Result[] = []

for (const fault of FAULTS.filter(({ name }) => name.includes(only)))
  for (const on of fault.engines)
    if (engine === undefined || engine === on) {
      results.push(await played(fault, on))
      write()
    }

const broken = results.reduce((sum, { violations }) => sum + violations.length, 0)
console.log(broken === 0 ? `${results.length} faults, 0 violations` : `${broken} VIOLATIONS`)
process.exit(broken === 0 ? 0 : 1)

function write(): void {
  const machine = { processors: cpus().length, model: cpus()[0]?.model, node: process.version }
  mkdirSync(OUT, { recursive: true })
  writeFileSync(join(OUT, 'faults.json'), JSON.stringify({ machine, at: new Date().toISOString(), results }, null, 2))
}

async function played(fault: Fault, on: Engine): Promise<Result> {
  const began = Date.now()
  const report = await reportOf(fault, on).catch(broke)
  const result = { fault: fault.name, engine: on, seconds: Math.round((Date.now() - began) / 1000), ...report }
  console.log(told(result))
  return result
}

async function reportOf(fault: Fault, on: Engine): Promise<Report> {
  await using postgres = on === 'postgres' ? await OwnPostgres.open() : undefined
  const place: Place = { engine: on, postgres, databaseUrl: await postgres?.createDatabase(), quick }
  return await fault.run(place)
}

/** What could not be played to its end has proved nothing. */
function broke(error: Error): Report {
  const says = error instanceof SuppressedError ? String(error.suppressed) : String(error.stack)
  return {
    did: 'broke off',
    acknowledged: { created: 0, decided: 0, read: 0, redeemed: 0 },
    unknown: 0,
    met: {},
    violations: [{ rule: 'lost', about: 'the suite', says }],
  }
}

function told({ fault, engine: on, seconds, did, acknowledged: heard, unknown, met, violations }: Result): string {
  const counts = Object.entries(tally(violations)).map(([rule, count]) => `${count} ${rule}`)
  const failures = Object.entries(met).map(([what, count]) => `${count} × ${what}`)
  return [
    `${fault}, ${on} (${seconds} s): ${did}`,
    `  acknowledged: ${heard.created} created, ${heard.decided} decided, ${heard.read} shown, ${heard.redeemed} redeemed; ${unknown} open`,
    `  met on the way: ${failures.join(', ') || 'nothing'}`,
    `  found: ${counts.join(', ')}`,
    ...violations.slice(0, 10).map(({ rule, about, says }) => `    ${rule}: ${about}: ${says}`),
  ].join('\n')
}
