// Every store test runs on each engine: `describe.each(ENGINES)('on %s', (engine) => …)`.
import { rm } from 'node:fs/promises'
import { openPostgres } from '../../server/store/postgres.ts'
import { openSqlite } from '../../server/store/sqlite.ts'
import type { Store } from '../../server/store/store.ts'
import { modelDatabase, modelFile } from './model.ts'
import { dropDatabase } from './postgres.ts'
import { scratchFolder } from './scratch.ts'

export type Engine = Store['engine']

const ALL: readonly Engine[] = ['sqlite', 'postgres']
const allowed = process.env.TEST_ENGINES?.split(',')

/** All of them, or those that TEST_ENGINES names. */
export const ENGINES: readonly Engine[] = ALL.filter((engine) => !allowed || allowed.includes(engine))

export interface Database extends AsyncDisposable {
  /** One more process's view of the same database. */
  open(): Promise<Store>
  /** Closes every store that was opened on it, and throws it away. */
  remove(): Promise<void>
}

/** A new database, which holds nothing. */
export async function newDatabase(engine: Engine): Promise<Database> {
  const { open, remove } = engine === 'sqlite' ? await sqliteDatabase() : await postgresDatabase()
  const opened: Store[] = []
  const removeAll = async () => {
    await Promise.all(opened.map((store) => store.close()))
    await remove()
  }
  return {
    open: async () => {
      const store = closedOnce(await open())
      opened.push(store)
      return store
    },
    remove: removeAll,
    [Symbol.asyncDispose]: removeAll,
  }
}

/** A store on a new database that holds nothing, which is thrown away when the store is closed. */
export async function openStore(engine: Engine): Promise<Store> {
  const database = await newDatabase(engine)
  const store = await database.open()
  return { ...store, close: () => database.remove() }
}

/** A test may close a store to see what happens then; throwing the database away closes it again. */
function closedOnce(store: Store): Store {
  let closed: Promise<void> | undefined
  return {
    ...store,
    close: () => {
      closed ??= store.close()
      return closed
    },
  }
}

async function sqliteDatabase() {
  const folder = await scratchFolder('store')
  const file = await modelFile(folder)
  return {
    open: () => openSqlite(file),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function postgresDatabase() {
  const url = await modelDatabase()
  return { open: () => openPostgres(url), remove: () => dropDatabase(url) }
}
