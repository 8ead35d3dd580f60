// What anybody can ask without a pause waits for its turn: reading before it begins, and all else where it is refused,
// before its answer leaves, for then it cost next to nothing and the next can come. What goes well on the road of a
// sign-in waits for nothing, and reading that finds no room is told so at once.
import { Problem } from '../../protocol/problems.ts'
import type { ApplicationKeys } from '../applications/api-keys.ts'
import type { InTurn } from '../overload/in-turn.ts'
import { NoRoom } from '../overload/room.ts'
import { countedAddress } from '../throttling/address.ts'
import type { AddressOf } from './client-address.ts'
import type { Call, Middleware } from './env.ts'

export type TurnNeeds = { light: InTurn; applicationKeys: Pick<ApplicationKeys, 'lastKnown'>; addressOf: AddressOf }

/** @param otherwise paths that somebody asks who must be answered in any case */
export function inTheirTurn(needs: TurnNeeds, otherwise: readonly string[]): Middleware {
  return async (c, next) => {
    if (otherwise.includes(c.req.path)) return next()
    const isReading = c.req.method === 'GET' || c.req.method === 'HEAD'
    const turn = () => needs.light(whose(needs, c), (left) => c.env?.outgoing?.once('close', left))
    if (isReading) await turn()
    await next()
    // Where there is no room to wait in, what was found out is told all the same: to ask again would count again.
    if (!isReading && isRefused(c.res.status)) await turn().catch(unlessFull)
  }
}

function unlessFull(error: unknown): void {
  if (!(error instanceof NoRoom)) throw error
}

const isRefused = (status: number) => status >= 400 && status < 500

export const apiKeyOf = (c: Call) => /^Bearer ([\x21-\x7e]{1,256})$/i.exec(c.req.header('authorization') ?? '')?.[1]

/** Whose key comes with a call, as far as it was seen before: nothing is looked up. */
export function knownApplication({ applicationKeys }: Pick<TurnNeeds, 'applicationKeys'>, c: Call) {
  const key = apiKeyOf(c)
  return key === undefined ? undefined : applicationKeys.lastKnown(key)
}

/** An application by its id; everybody else by their address. */
const whose = (needs: TurnNeeds, c: Call) => knownApplication(needs, c) ?? addressIn(needs.addressOf, c)

/** Whose proxy does not say clearly where they are, are one. */
function addressIn(addressOf: AddressOf, c: Call): string {
  try {
    return countedAddress(addressOf(c))
  } catch (error) {
    if (error instanceof Problem) return ''
    throw error
  }
}
