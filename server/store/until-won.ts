// Optimistic work is done again when somebody else was quicker; a bound keeps a defect from spinning for ever.
import { Problem } from '../../protocol/problems.ts'

const MOST_TIMES = 200

/** Repeats `attempt` until it has an answer. @throws {Problem} unavailable */
export async function untilWon<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (let times = 0; times < MOST_TIMES; times++) {
    const result = await attempt()
    if (result !== undefined) return result
  }
  throw new Problem('unavailable', { headers: { 'Retry-After': '1' } })
}

/** Thrown in a transaction by whoever finds that somebody else was quicker: nothing of it is written. */
export class Overtaken extends Error {}

/** @throws {Overtaken} */
export async function mustWin(hasWon: Promise<boolean>): Promise<void> {
  if (!(await hasWon)) throw new Overtaken()
}

/** @returns undefined where somebody else was quicker */
export async function unlessOvertaken<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Overtaken) return undefined
    throw error
  }
}
