// Which decisions are being sent at this moment, by any page or the worker: whoever sends one hears its answer and tells
// it, so nobody else takes it up. A page that dies lets go of what it was sending.
import type { Unsent } from './schema.ts'

const nameOf = ({ id }: Pick<Unsent, 'id'>) => `decision ${id}`

/** One sender after the other. */
export async function onItsWay<T>(unsent: Pick<Unsent, 'id'>, send: () => Promise<T>): Promise<T> {
  return navigator.locks.request(nameOf(unsent), send)
}

export async function isOnItsWay(unsent: Pick<Unsent, 'id'>): Promise<boolean> {
  return navigator.locks.request(nameOf(unsent), { ifAvailable: true }, async (lock) => lock === null)
}
