// Small steps that keep the store from growing with what nobody will ask for again.
import type { Clock } from './clock.ts'
import type { Logger } from './log.ts'

export type Chore = { name: string; every: number; run: () => Promise<unknown> }

/** Runs each chore again and again until the signal; a chore that fails is logged and waits for its next turn. */
export async function keepTidy(
  clock: Clock,
  log: Logger,
  chores: readonly Chore[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(chores.map((chore) => repeat(clock, log, chore, signal)))
}

async function repeat(clock: Clock, log: Logger, { name, every, run }: Chore, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await run().catch((error: unknown) => log.error({ chore: name, err: error }, 'a chore failed'))
    // Ends with the signal, which the loop looks at.
    await clock.after(every, signal).catch(() => undefined)
  }
}
