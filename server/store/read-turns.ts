// Reads of one turn of the event loop share a transaction: each alone would take and give back the file's locks,
// which costs several times what most reads do.
import type { DatabaseSync, StatementSync } from 'node:sqlite'

export class ReadTurns {
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  #open = false

  constructor(connection: DatabaseSync) {
    this.#begin = connection.prepare('begin')
    this.#commit = connection.prepare('commit')
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** Before a read; the turn ends by itself. */
  join(): void {
    if (this.#open) return
    this.#begin.run()
    this.#open = true
    setImmediate(() => this.end())
  }

  /** Before a write on the same connection, and before it is closed. */
  end(): void {
    if (!this.#open) return
    this.#open = false
    this.#commit.run()
  }
}
