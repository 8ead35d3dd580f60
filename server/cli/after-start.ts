// Whoever has waited for `ready` comes first. Then what sign-ins here will need is loaded, so that the first of them
// waits for no library; and what only the start needed is given back, a quarter of what an idle server would hold.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Assembly } from '../assemble.ts'
import type { Db } from '../store/schema.ts'

const COLLECT_AFTER_MS = 2000

export type AfterStartNeeds = Pick<Assembly, 'store' | 'provider' | 'outbound'>

/** Keeps no process from ending. */
export function afterStart(needs: AfterStartNeeds): void {
  // Left out for the start by countersign.js.
  for (const compiler of ['opt', 'maglev']) setFlagsFromString(`--${compiler}`)
  // Where the store is away now, whoever comes first finds out.
  setImmediate(() => void warmUp(needs).catch(() => undefined)).unref()
  setTimeout(collect, COLLECT_AFTER_MS).unref()
}

/** Only for what there is: a library that nobody here needs would be a tenth of what an idle server holds. */
export async function warmUp({ store, provider, outbound }: AfterStartNeeds): Promise<void> {
  if (await hasSubscriptions(store.read)) await outbound.warmUp()
  if (await hasClients(store.read)) await provider()
}

const hasSubscriptions = async (db: Db) =>
  (await db.selectFrom('subscriptions').select('device_id').limit(1).execute()).length > 0

const hasClients = async (db: Db) =>
  (await db.selectFrom('applications').select('id').where('client_id', 'is not', null).limit(1).execute()).length > 0

/** Once, a little later: in the meantime of about a tenth of a second nobody is answered. */
function collect(): void {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('globalThis.gc') as typeof globalThis.gc
  // Of all kinds of collection the only one that also gives back what the young generation grew to.
  gc?.({ type: 'major', flavor: 'last-resort', execution: 'sync' })
}
