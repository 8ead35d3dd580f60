// Says once that this process's clock and the database's disagree, and once that they agree again.
import type { Logger } from './log.ts'
import type { Store } from './store/store.ts'

const APART_MS = 2000

/** @returns what is to be done now and then */
export function clockWatch({ store, log }: { store: Store; log: Logger }): () => Promise<void> {
  let isApart = false
  return async () => {
    const aheadMs = Math.round(store.clockAhead())
    const isNow = Math.abs(aheadMs) > APART_MS
    if (isNow === isApart) return
    isApart = isNow
    if (isApart) log.warn({ aheadMs }, 'the clock of this process and that of the database disagree')
    else log.info({ aheadMs }, 'the clock of this process and that of the database agree again')
  }
}
