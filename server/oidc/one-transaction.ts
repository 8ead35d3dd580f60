// What one call of the provider uses up and what it gives for it are written in one transaction. The library saves each
// by itself, one after another, and each would wait for the disk. Attack stopped: what was used up and came to nothing,
// because the process ended in between; and what was given for something that somebody else had used up meanwhile.
import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { together } from '../store/together.ts'

/** @throws where it may not be, and nothing of the call is written */
type Work = (tx: Db) => Promise<unknown>
type Waiting = { used: Work[]; given: Work[] }

const waiting = new WeakMap<KoaContextWithOIDC, Waiting>()

function ofThisCall(): Waiting | undefined {
  const call = Provider.ctx
  if (!call) return undefined
  const known = waiting.get(call) ?? { used: [], given: [] }
  waiting.set(call, known)
  return known
}

/** With whatever the call saves next, and at its end in any case. */
export async function useUp(store: Store, work: Work): Promise<void> {
  const call = ofThisCall()
  if (call) call.used.push(work)
  else await store.write(work)
}

/** With whatever the call saves next; where it saves nothing more, nothing was given. */
export async function give(store: Store, work: Work): Promise<void> {
  const call = ofThisCall()
  if (call) call.given.push(work)
  else await store.write(work)
}

export async function save(store: Store, work: Work): Promise<void> {
  const call = ofThisCall()
  if (!call) return void (await store.write(work))
  const { used, given } = call
  await store.write((tx) => together([...used, ...given, work].map((each) => each(tx))))
  Object.assign(call, { used: [], given: [] })
}

/** An error is being answered already where something is left over: that another was quicker changes nothing about it. */
export function usesUpTheRest(provider: Provider, { store }: { store: Store }): void {
  provider.use(async (ctx, next) => {
    await next()
    const { used = [] } = waiting.get(ctx as KoaContextWithOIDC) ?? {}
    if (used.length === 0) return
    await store
      .write((tx) => together(used.map((each) => each(tx))))
      .catch((error: unknown) => {
        if (!(error instanceof errors.OIDCProviderError)) throw error
      })
  })
}
