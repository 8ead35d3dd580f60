// The rooms of a server: deciding has far more of it than creating, for a request that is not decided was asked in vain;
// and whoever only waits leaves some of its connections to everybody else. An application is known there by its id, whoever
// has no id of ours by their address.
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { type InTurn, inTurn } from './in-turn.ts'
import { type Room, room } from './room.ts'
import { toldSeldom } from './told.ts'
import { type Turn, turn } from './turn.ts'

export type Rooms = { creating: Room; deciding: Room; waiting: Room; light: InTurn }
export type MostUnderWay = Record<'creating' | 'deciding' | 'waiting' | 'light', number>

/** What a server gets through in a fraction of a second, where the store is slower than the processor. */
const MOST_UNDER_WAY = { creating: 128, deciding: 1024 }
/** Of each turn of the event loop, where the processor is the slower of them. */
const CREATING_MS = 100
/** Of each turn, and after how many in it: everybody else waits for it at each step of a sign-in. */
const LIGHT_MS = 0.5
const LIGHT_ALWAYS = 4

/** @param needs.worked milliseconds of its thread’s processor time @param given what differs from the usual */
export function rooms(
  { clock, log, worked }: { clock: Clock; log: Logger; worked: () => number },
  given: Pick<MostUnderWay, 'waiting' | 'light'> & Partial<MostUnderWay>,
): Rooms {
  const most = { ...MOST_UNDER_WAY, ...given }
  const made = (work: keyof MostUnderWay, share?: Turn) => {
    const says = 'more is asked of this server than it can do: some are told to come back'
    const tell = toldSeldom({ clock, log }, { work, most: most[work] }, says)
    return room(most[work], (who) => tell({ who }), share)
  }
  const share = turn(CREATING_MS, worked)
  const light = inTurn(turn(LIGHT_MS, worked, { always: LIGHT_ALWAYS }), made('light'))
  return { creating: made('creating', share), deciding: made('deciding'), waiting: made('waiting'), light }
}
