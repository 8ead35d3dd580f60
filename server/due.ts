// What waits in the store for its time: looked for again and again, and what failed is tried at growing intervals.
import type { Clock } from './clock.ts'
import type { Logger } from './log.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
/** After the first failure, the second …; the last of them ever after. */
const STEPS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE]

/** Until it is tried again, in ms. @param attempts that have failed, the last one included */
export const nextStep = (attempts: number): number => STEPS[Math.min(attempts, STEPS.length) - 1] ?? 0

type Delivery = {
  /** of whatever is due now; says how many that was */
  deliver: () => Promise<number>
  /** between two looks where nothing was due, in ms */
  every: number
  /** what the log says where it could not be read */
  unread: string
}

/** Runs until the signal; what is on the wire is finished first. */
export async function whileDue(
  { clock, log }: { clock: Clock; log: Logger },
  { deliver, every, unread }: Delivery,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const tried = await deliver().catch((error: unknown) => {
      log.error({ err: error }, unread)
      return 0
    })
    // Ends with the signal, which the loop looks at.
    if (tried === 0) await clock.after(every, signal).catch(() => undefined)
  }
}
