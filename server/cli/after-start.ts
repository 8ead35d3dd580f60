// What only the start needed is given back: a quarter of what an idle server would hold otherwise.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Whoever has waited for `ready` comes first. */
const WAIT_MS = 2000

/** Once, a little later: in the meantime of about a tenth of a second nobody is answered. Keeps no process from ending. */
export function giveBackAfterStart(): void {
  setTimeout(collect, WAIT_MS).unref()
}

function collect(): void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('globalThis.gc') as typeof globalThis.gc
  // Of all kinds of collection the only one that also gives back what the young generation grew to.
  gc?.({ type: 'major', flavor: 'last-resort', execution: 'sync' })
}
