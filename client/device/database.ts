// The device's store in IndexedDB.
import { type IDBPDatabase, type IDBPObjectStore, openDB } from 'idb'
import { StorageError } from './errors.ts'
import { type DeviceSchema, STORES, type StoreName } from './schema.ts'
import type { Change, DeviceStore, Key, Value } from './store.ts'

const DATABASE_NAME = 'countersign'
const VERSION = 1

type Connection = IDBPDatabase<DeviceSchema>

/** Connects at the first use, and again after the browser or a newer version of the app has closed the connection. */
export function openStore(name = DATABASE_NAME): DeviceStore {
  let connecting: Promise<Connection> | undefined

  const disconnect = () => {
    connecting?.then(
      (connection) => connection.close(),
      () => undefined, // whoever asked for this connection has been told
    )
    connecting = undefined
  }
  const connection = () => {
    connecting ??= connect(name, disconnect)
    connecting.catch(disconnect)
    return connecting
  }
  async function using<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await work(await connection())
    } catch (error) {
      if (!isClosed(error)) throw storageError(error)
    }
    disconnect()
    return await work(await connection()).catch((error) => {
      throw storageError(error)
    })
  }

  return {
    get: (store, key) => using((db) => db.get(store, key)),
    all: (store) => using((db) => db.getAll(store)),
    take: (store, key) => using((db) => take(db, store, key)),
    write: (...changes) => using((db) => write(db, changes)),
    close: disconnect,
  }
}

function connect(name: string, closed: () => void): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let blocked = false
    openDB<DeviceSchema>(name, VERSION, {
      upgrade: (db) => {
        for (const store of STORES) if (!db.objectStoreNames.contains(store)) db.createObjectStore(store)
      },
      blocked: () => {
        blocked = true
        reject(new StorageError('blocked'))
      },
      blocking: closed,
      terminated: closed,
    }).then((connection) => (blocked ? connection.close() : resolve(connection)), reject)
  })
}

async function take<N extends StoreName>(db: Connection, name: N, key: Key<N>): Promise<Value<N> | undefined> {
  const transaction = db.transaction(name, 'readwrite', { durability: 'strict' })
  const [value] = await Promise.all([transaction.store.get(key), transaction.store.delete(key), transaction.done])
  return value
}

async function write(db: Connection, changes: Change[]): Promise<void> {
  if (changes.length === 0) return
  const names = [...new Set(changes.map(storeOf))]
  const transaction = db.transaction(names, 'readwrite', { durability: 'strict' })
  const work: Promise<unknown>[] = [transaction.done]
  try {
    for (const change of changes) work.push(apply(transaction.objectStore(storeOf(change)), change))
    await Promise.all(work)
  } catch (error) {
    // A value that can't be stored is refused before the transaction knows of it, and would let the others pass.
    abort(transaction)
    await Promise.allSettled(work)
    throw error
  }
}

function apply(store: IDBPObjectStore<DeviceSchema, StoreName[], StoreName, 'readwrite'>, change: Change) {
  if ('put' in change) return store.put(change.value, change.key)
  return 'drop' in change ? store.delete(change.key) : store.clear()
}

function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort()
  } catch (error) {
    // It had ended by itself.
    if (!isClosed(error)) throw error
  }
}

function storeOf(change: Change): StoreName {
  if ('put' in change) return change.put
  return 'drop' in change ? change.drop : change.clear
}

function isClosed(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'InvalidStateError'
}

/** @returns what a person can act on; a defect of ours stays what it is */
export function storageError(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error
  switch (error.name) {
    case 'QuotaExceededError':
      return new StorageError('full', { cause: error })
    case 'NotFoundError':
      return new StorageError('evicted', { cause: error })
    case 'AbortError':
    case 'InvalidStateError':
    case 'NotReadableError':
    case 'SecurityError':
    case 'UnknownError':
    case 'VersionError':
      return new StorageError('unavailable', { cause: error })
    default:
      return error
  }
}
