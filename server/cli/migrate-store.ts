// `migrate-store`: an embedded installation, moved to PostgreSQL while nobody works on it, checked, and resumed where
// it was cut off.
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod/mini'
import { Problem } from '../../protocol/problems.ts'
import { random } from '../assemble.ts'
import { openSigner } from '../audit/chain/mark.ts'
import { sealEntries } from '../audit/chain/seal.ts'
import type { Verified } from '../audit/chain/verified.ts'
import { verifyStore } from '../audit/export.ts'
import { systemClock } from '../clock.ts'
import { type Config, readConfig } from '../config.ts'
import { Fault, postgresUrl } from '../config-values.ts'
import { isThere, openSealer } from '../master-key.ts'
import type { TableMoved } from '../store/move.ts'
import { type MoveNote, moveNoteFile, readMoveNote, removeMoveNote, writeMoveNote } from '../store/moved.ts'
import { holdFolder } from '../store/sole-server.ts'
import { openSqlite } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'
import { storeFile } from '../store/store-file.ts'
import { command, type Outcome } from './command.ts'

export const migrateStore = command({
  name: 'migrate-store',
  operands: [],
  summary: 'moves the embedded store to an empty PostgreSQL database, while the server is stopped',
  options: { to: { value: 'postgres://…', about: 'the database; absent: what DATABASE_URL names' } },
  input: z.object({ to: z.optional(z.string()) }),
  run: async ({ to }, room) => {
    const config = readConfig(room.env)
    const url = targetOf(to, config)
    const file = storeFile(config.dataFolder)
    if (!isThere(file)) throw refused(`There is no ${file}: COUNTERSIGN_DATA names the folder of the store to move.`)
    const release = holdFolder(config.dataFolder)
    try {
      return await move({ config, url, file, told: room.json ? () => {} : room.terminal.print })
    } finally {
      release()
    }
  },
})

const refused = (detail: string) => new Problem('invalid', { detail })

function targetOf(to: string | undefined, { databaseUrl }: Config): string {
  if (to === undefined && databaseUrl) return databaseUrl
  if (to === undefined) throw refused('Where to? Give --to postgres://…, or set DATABASE_URL.')
  try {
    return postgresUrl(to)
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault
    throw new Problem('invalid', { detail: `--to ${fault.message}.`, members: { errors: { '/to': fault.message } } })
  }
}

type Move = { config: Config; url: string; file: string; told: (line: string) => void }

async function move({ config, url, file, told }: Move): Promise<Outcome> {
  // Before anything is noted, a missing or wrong master key or address is found out.
  const chain = await openedFor(await openSqlite(file), (store) => chainOf(store, config))
  const { copyStore, finishMove, reach } = await import('../store/move.ts')
  await reach(url)
  const { note, isNew } = begun(config.dataFolder, url)
  const copy = copyStore({ file, to: url, id: note.id }, ({ table, rows }) => told(`${table} ${rows}`))
  const { target, tables } = await copy.catch((error) => {
    // Refused at once: nothing has moved.
    if (isNew && error instanceof Problem && error.slug === 'invalid') removeMoveNote(config.dataFolder)
    throw error
  })
  await openedFor(target, async () => {
    refuseOtherChain(chain, await chainOf(target, config))
    // First here, then there: never may servers start on both.
    writeMoveNote(config.dataFolder, { ...note, state: 'moved' })
    await finishMove(target)
  })
  return outcome(note, tables, chain)
}

/** The same move again, or a new one, noted before anything is copied. */
function begun(dataFolder: string, url: string): { note: MoveNote; isNew: boolean } {
  const to = placeOf(url)
  const there = readMoveNote(dataFolder)
  if (there && there.to !== to) {
    throw refused(
      `A move of this store to ${there.to} was begun: name that one, or remove ${moveNoteFile(dataFolder)} to give it up.`,
    )
  }
  if (there) return { note: there, isNew: false }
  const note: MoveNote = { id: randomUUID(), to, state: 'moving' }
  writeMoveNote(dataFolder, note)
  return { note, isNew: true }
}

/** Without credentials. */
function placeOf(url: string): string {
  const { host, pathname, searchParams } = new URL(url)
  return `${host || searchParams.get('host')}${pathname}`
}

async function openedFor<T>(store: Store, work: (store: Store) => Promise<T>): Promise<T> {
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Of all entries: what waits to become part of the chain becomes it first. */
async function chainOf(store: Store, config: Config): Promise<Verified> {
  const sealer = await openSealer(config, store.read, random)
  const organisation = { name: config.organisation }
  const needs = { store, clock: systemClock, random, organisation, auditSigner: await openSigner({ store, sealer }) }
  while ((await sealEntries(needs)) > 0);
  return verifyStore(needs)
}

function refuseOtherChain(here: Verified, there: Verified): void {
  if (isDeepStrictEqual(here, there)) return
  throw new Problem('unavailable', {
    detail: `The audit log that arrived is not the one that is here${there.fault ? `: ${there.fault.detail}` : ''}. Empty the database and run this again.`,
  })
}

function outcome({ to }: MoveNote, tables: TableMoved[], chain: Verified): Outcome {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const audit = chain.ok
    ? `The audit log holds, ${chain.entries} entries of it.`
    : `The audit log arrived as it was here, which is not as it was written: ${chain.fault?.detail}`
  return {
    json: { ok: true, to, rows, tables, chain },
    lines: [
      `All ${tables.length} tables are at ${to}, ${rows} rows, each counted on both sides. ${audit}`,
      'Set DATABASE_URL to it, keep the master key as it is, and start the server. This store is not opened again.',
    ],
  }
}
