// What every room may ask of a store, whichever engine is below it.
import type { Db } from './schema.ts'

/** Something changed: who waits on a topic reads again. */
export type Topic =
  | `request:${string}`
  | `user:${string}`
  | `device:${string}`
  | 'outbox'
  | 'addresses'
  | 'policies'
  | 'keys'
  | 'radius-clients'
export type Announce = (topic: Topic) => void

export type Bus = {
  /** @returns a function that ends the subscription */
  subscribe(topic: Topic, listener: () => void): () => void
}

export type Store = Bus & {
  readonly engine: 'sqlite' | 'postgres'
  /** The committed state. */
  readonly read: Db
  /** The same for reads that may take long and that nobody signs in by: they hold up no other. */
  aside(): Db
  /**
   * Runs a transaction and resolves after its commit; topics announced in it are told then.
   * Nothing but SQL may be awaited inside. Where another transaction may have come first, the work must begin
   * with the conditional update that finds out.
   */
  write<T>(work: (tx: Db, announce: Announce) => Promise<T>): Promise<T>
  /** By how much this process's clock is ahead of the store's own, in milliseconds; an embedded one has none. */
  clockAhead(): number
  /**
   * The same where nothing waits for an answer: `ask` asks for everything in one turn, and announces in it. On
   * PostgreSQL all of it leaves in one packet, the commit included.
   * @throws {Overtaken} where one that is `decisive` changed nothing
   */
  writeTogether<Asks extends readonly unknown[] | []>(
    ask: (tx: Db, announce: Announce) => Asks,
  ): Promise<{ -readonly [Each in keyof Asks]: Awaited<Asks[Each]> }>
  /** Of the connections for transactions, where there are any, and who waits for one. */
  pool?(): { inUse: number; idle: number; waiting: number }
  /**
   * Rejects where the store can't be used.
   * @throws {Problem} `unavailable` where a newer release has brought it forward
   * @throws {Deaf} where what other processes announce has not been heard for some time
   */
  ping(): Promise<void>
  /** Takes away what only older releases need, once none of them works on the store any more. */
  contract(): Promise<void>
  close(): Promise<void>
}

export class Deaf extends Error {}

/** For whoever only looks. */
export const lookingOn = <Needs extends { store: Store }>(needs: Needs): Needs => ({
  ...needs,
  store: { ...needs.store, read: needs.store.aside() },
})
