// All that is found, page by page, and no more than a directory can hold. Attack stopped: a server that names a next page
// each time, for the library asks on for as long as one does, and keeps all that came.
import type { Client, Entry, SearchOptions } from 'ldapts'
import type { Clock } from '../clock.ts'

const MOST_ENTRIES = 2_000_000
/** Of one question, whatever searches it needs. */
const LONGEST_MS = 30 * 60_000

export type Everything = (base: string, options: SearchOptions) => AsyncIterable<Entry>

/** @returns throws where a directory comes to no end */
export function everything(
  client: Pick<Client, 'searchPaginated'>,
  clock: Pick<Clock, 'now'>,
  most = MOST_ENTRIES,
): Everything {
  const began = clock.now()
  return async function* (base, options) {
    let found = 0
    for await (const { searchEntries, searchReferences } of client.searchPaginated(base, {
      ...options,
      paged: options.paged ?? true,
    })) {
      found += searchEntries.length + searchReferences.length
      if (found > most) throw new Error(`a search comes to no end: ${found} entries so far`)
      if (clock.now() - began > LONGEST_MS) throw new Error('a search comes to no end: it has lasted half an hour')
      yield* searchEntries
    }
  }
}
