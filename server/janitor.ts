// Small steps that keep the store from growing with what nobody will ask for again.
import type { Clock } from './clock.ts'
import type { Logger } from './log.ts'

export type Chore = { name: string; every: number; run: () => Promise<unknown> }

type Needs = {
  clock: Clock
  log: Logger
  /** told how each goes, where somebody counts */
  meters?: { chores: Record<'began' | 'done' | 'failed', (name: string) => void> } | undefined
}

/** Runs each chore again and again until the signal; a chore that fails is logged and waits for its next turn. */
export async function keepTidy(needs: Needs, chores: readonly Chore[], signal: AbortSignal): Promise<void> {
  await Promise.all(chores.map((chore) => repeat(needs, chore, signal)))
}

async function repeat({ clock, log, meters }: Needs, { name, every, run }: Chore, signal: AbortSignal): Promise<void> {
  meters?.chores.began(name)
  while (!signal.aborted) {
    await run().then(
      () => meters?.chores.done(name),
      (error: unknown) => {
        log.error({ chore: name, err: error }, 'a chore failed')
        meters?.chores.failed(name)
      },
    )
    // Ends with the signal, which the loop looks at.
    await clock.after(every, signal).catch(() => undefined)
  }
}
