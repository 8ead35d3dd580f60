// The `Db` that transactions are handed one after another, until one of them fails: what goes on after that, such as the
// rest of a `Promise.all`, would ask in the transaction of somebody else, and be committed with it.
import type { Db } from './schema.ts'

export class TransactionDb {
  readonly #open: (refuseOver: () => void) => Db
  #current: { db: Db; isOver: boolean } | undefined

  /** @param open makes one that calls `refuseOver` before each statement */
  constructor(open: (refuseOver: () => void) => Db) {
    this.#open = open
  }

  get db(): Db {
    this.#current ??= this.#made()
    return this.#current.db
  }

  /** Before a transaction is taken back: whatever of it still asks is refused, and the next gets another. */
  end(): void {
    if (this.#current) this.#current.isOver = true
    this.#current = undefined
  }

  #made() {
    const made = { isOver: false, db: this.#open(() => refuse(made.isOver)) }
    return made
  }
}

function refuse(isOver: boolean): void {
  if (isOver) throw new Error('its transaction is over')
}
