// A file of everybody is read and written between what others ask for, never in their place.
import { setImmediate } from 'node:timers/promises'

/** A call that has begun needs some turns of the event loop until it is answered: all that have get them. */
const TURNS = 8

export async function letOthers(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await setImmediate()
}
