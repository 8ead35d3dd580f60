// Connections beyond what the process has files for are closed unheard: those that it needs itself, to push and to reach
// its store, must be there. The last of them are for addresses that hold fewer than the others do. Attack stopped: one
// stranger who opens all that there are, and says nothing on any of them.
import type { Server, Socket } from 'node:net'
import { countedAddress } from '../throttling/address.ts'
import { shares } from './shares.ts'

/** What is kept for those behind: as a part of all, and at most; half of what those leave free who only wait (bounds.ts). */
const KEPT_PART = 8
const MOST_KEPT = 512

export type Bounded = {
  most: number
  /** many people come by each of these: they are held to nothing but the whole, and nobody is measured against them */
  isProxy?: (address: string) => boolean
  /** told of each that is closed, and of whose it was where that is known */
  closed: (who: string | undefined) => void
}

/**
 * To be called when all who listen for connections do, and before any comes.
 * @returns how many an address holds, of IPv6 its network; of a proxy nothing is counted
 */
export function boundConnections(
  server: Server,
  { most, isProxy = () => false, closed }: Bounded,
): { of(who: string): number } {
  const held = shares()
  const free = most - Math.min(MOST_KEPT, Math.floor(most / KEPT_PART))
  let open = 0

  /** @returns whether it may stay */
  function enter(socket: Socket): boolean {
    const { remoteAddress } = socket
    // Gone before it was taken up.
    if (remoteAddress === undefined) return false
    const isCounted = !isProxy(remoteAddress)
    const who = countedAddress(remoteAddress)
    if (open >= free && isCounted && !held.isBehind(who)) {
      closed(who)
      return false
    }
    open += 1
    if (isCounted) held.take(who)
    socket.once('close', () => {
      open -= 1
      if (isCounted) held.leave(who)
    })
    return true
  }

  // In front of them: to make a call of it first would be most of what it costs.
  const takers = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket) => {
    if (!enter(socket)) return void socket.destroy()
    for (const take of takers) take.call(server, socket)
  })
  server.maxConnections = most
  server.on('drop', (dropped) => closed(dropped?.remoteAddress && countedAddress(dropped.remoteAddress)))
  return { of: held.of }
}
