// The engine for more than one process: PostgreSQL, with LISTEN/NOTIFY to wake whoever waits elsewhere.
import { randomUUID } from 'node:crypto'
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, sql } from 'kysely'
import pg from 'pg'
import { AtOnce } from './at-once.ts'
import { indexBeside } from './index-beside.ts'
import { type Beat, CHANNEL } from './line.ts'
import { BEAT, listen } from './listening.ts'
import { migrate, refuseUnknown, type Steps } from './migrate.ts'
import type { EngineColumns } from './migrations/tables.ts'
import { migrations } from './migrations.ts'
import { notices } from './notices.ts'
import { runsDirectly } from './prepared.ts'
import { beatOf, contract, enter, leave, type Self } from './processes.ts'
import type { Db, Schema } from './schema.ts'
import { SharedReads } from './shared-reads.ts'
import { type Announce, Deaf, type Store, type Topic } from './store.ts'
import { Topics } from './topics.ts'
import { TransactionDb } from './transaction-db.ts'
import { TurnSocket } from './turn-socket.ts'

const INT8 = 20
/** Of any statement but those of migrations; whoever waits for a lock waits no longer either. */
const ANSWERED_WITHIN_MS = 30_000

/** Times and counts fit a double: 2^53 milliseconds are 285,000 years. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
} as pg.CustomTypesConfig

export const COLUMNS: EngineColumns = {
  risingType: 'bigserial',
  rising: (c) => c.primaryKey(),
  bytewise: async (db, table, column) => {
    await sql`alter table ${sql.table(table)} alter column ${sql.ref(column)} type text collate "C"`.execute(db)
  },
  indexBeside,
  isShared: true,
}

type Opening = {
  /** by whoever opens it: everybody else is refused meanwhile */
  isBeingFilled?: boolean
  /** of the migrations of this release those that another has */
  release?: (steps: Steps) => Steps
  /** the migrations of this release */
  known?: Steps
  beat?: Beat
  /** what has no answer by then is on a connection that is none any more */
  withinMs?: number
  /** this machine's own clock, in milliseconds */
  now?: () => number
}

const all = (release: Opening['release'] = (steps) => steps) => release(migrations(COLUMNS))

export async function openPostgres(
  url: string,
  {
    isBeingFilled = false,
    release,
    known = all(release),
    beat = BEAT,
    withinMs = ANSWERED_WITHIN_MS,
    now = Date.now,
  }: Opening = {},
): Promise<Store> {
  const self = { id: randomUUID(), steps: known }
  await migrated(url, self, isBeingFilled)
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    types,
    query_timeout: withinMs,
    connectionTimeoutMillis: withinMs,
    // Statements of a transaction that are asked for together go together.
    pipeline: true,
    stream: () => new TurnSocket(),
  })
  // An idle connection that the server closes is replaced at the next query, which then reports what is wrong.
  pool.on('error', () => {})
  // One that is lost while a transaction has it tells so twice, and the pool listens only to those that nobody has.
  pool.on('connect', (client) => void client.on('error', () => {}))
  const read = kyselyOn(pool)
  const reads = new SharedReads(url, types)
  runsDirectly(read, (query, parameters) => reads.query(query, parameters))
  const atOnce = new AtOnce(url, types, withinMs)
  const topics = new Topics()
  const listening = await listen(url, { topics, self: self.id, beat, asked: beatOf(self), now })
  return {
    engine: 'postgres',
    read,
    aside: () => read,
    write: async (work) => {
      const { result, announced } = await transaction(pool, work, self.id)
      // Whoever is answered now may ask again at once: what this process keeps in memory must not be older than that.
      topics.publish(announced)
      return result
    },
    writeTogether: async (ask) => {
      const announced = new Set<Topic>()
      const told = () => notices(self.id, announced).map(noticeOf)
      const result = await atOnce.write((tx) => ask(tx, (topic) => announced.add(topic)), told)
      topics.publish(announced)
      return result
    },
    subscribe: (topic, listener) => topics.subscribe(topic, listener),
    clockAhead: listening.clockAhead,
    pool: () => ({ inUse: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    ping: async () => {
      await refuseUnknown(read, new Set(Object.keys(known)))
      if (listening.isDeaf()) throw new Deaf()
      const { rows } = await sql<{
        on: boolean
      }>`select current_setting('transaction_read_only')::bool as "on"`.execute(read)
      // A standby, or a database that was told so: whoever asks is answered, and whoever signs in is not.
      if (rows[0]?.on) throw new Error('this database takes no writes')
    },
    contract: () => contract(read, known),
    close: async () => {
      await listening.close()
      // Whoever can't say so is taken for gone a while later.
      await leave(read, self).catch(() => {})
      await Promise.all([reads.close(), atOnce.close()])
      await read.destroy()
    },
  }
}

/** Over connections of its own, for it may take as long as it takes. */
async function migrated(url: string, self: Self, isBeingFilled: boolean): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 2, types })
  const db = kyselyOn(pool)
  try {
    await migrate(db, self.steps, { isBeingFilled, isShared: true })
    await pool.query(beatOf(self))
    await enter(db, self)
    await contract(db, self.steps)
  } finally {
    await db.destroy()
  }
}

const kyselyOn = (pool: PostgresPool): Db => new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })

const resultOf = ({ rows, rowCount }: pg.QueryResult) => ({ rows, numAffectedRows: BigInt(rowCount ?? 0) })

const transactions = new WeakMap<pg.PoolClient, TransactionDb>()

/** Of each connection of the pool: whatever is asked of its `Db` goes over this connection. */
function transactionsOn(client: pg.PoolClient): TransactionDb {
  const known = transactions.get(client)
  if (known) return known
  const made = new TransactionDb((refuseOver) => {
    const query = async (text: string, parameters: readonly unknown[]) => {
      refuseOver()
      return client.query(text, [...parameters])
    }
    const only = { query, release: () => {} } as unknown as PostgresPoolClient
    const db = kyselyOn({ connect: async () => only, end: async () => {} })
    runsDirectly(db, async (text, parameters) => resultOf(await query(text, parameters)))
    return db
  })
  transactions.set(client, made)
  return made
}

const noticeOf = (payload: string) => ({ sql: 'select pg_notify($1, $2)', parameters: [CHANNEL, payload] })

type Work<T> = (tx: Db, announce: Announce) => Promise<T>

/** @param self which process announces, for it hears its own */
async function transaction<T>(
  pool: pg.Pool,
  work: Work<T>,
  self: string,
): Promise<{ result: T; announced: ReadonlySet<Topic> }> {
  const client = await pool.connect()
  const tx = transactionsOn(client)
  let broken = false
  try {
    const announced = new Set<Topic>()
    // Together with the first statement.
    const begun = client.query('begin')
    begun.catch(() => {})
    const result = await work(tx.db, (topic) => announced.add(topic))
    await begun
    const told = notices(self, announced).map((payload) => `notify ${CHANNEL}, ${pg.escapeLiteral(payload)};`)
    const ended: pg.QueryResult | pg.QueryResult[] = await client.query(`${told.join(' ')} commit`)
    // The commit of a transaction that has failed is answered without an error.
    if ([ended].flat().at(-1)?.command !== 'COMMIT')
      throw new Error('a transaction that had failed was to be committed')
    return { result, announced }
  } catch (error) {
    tx.end()
    // What went wrong first is told; a connection on which not even this works is not used again.
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.release(broken)
  }
}
