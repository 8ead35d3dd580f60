// Hears what other processes on one PostgreSQL announce, and opens another line where the one before was lost.
import { type Beat, type LineNeeds, openLine } from './line.ts'
import type { Topics } from './topics.ts'

/** Waits between attempts to listen again, in milliseconds. */
const RECONNECT = [100, 500, 2000, 5000]
export const BEAT: Beat = { everyMs: 10_000, withinMs: 5000 }
/** So many beats in a row without an answer, and whoever asks this process may wait for what it does not hear. */
const DEAF_AFTER = 4

export type Listening = {
  /** for some time nothing could be heard, and it is not known what was missed */
  isDeaf(): boolean
  /** by how much this process's clock is ahead of the database's, in milliseconds, as of the last beat */
  clockAhead(): number
  close(): Promise<void>
}

/** @param self which process listens: it has told its own already */
export async function listen(
  url: string,
  { topics, self, ...needs }: LineNeeds & { topics: Topics; self: string },
): Promise<Listening> {
  let closed = false
  let unanswered = 0
  let ahead = 0
  const counting = setInterval(() => (unanswered += 1), needs.beat.everyMs).unref()
  let line = await open()

  function open() {
    return openLine(url, needs, {
      announced(payload) {
        const [origin, ...announced] = payload.split(' ')
        if (origin !== self) topics.publish(announced)
      },
      answered(by) {
        unanswered = 0
        ahead = by
      },
      ended: () => void reopen(0),
    })
  }

  async function reopen(attempt: number): Promise<void> {
    if (closed) return
    await new Promise((resolve) => setTimeout(resolve, RECONNECT[Math.min(attempt, RECONNECT.length - 1)]))
    if (closed) return
    try {
      line = await open()
      if (closed) await line.end()
      // Anything may have been missed: everyone looks again.
      topics.publishAll()
    } catch {
      // Not up yet; queries report the outage, this only keeps trying.
      await reopen(attempt + 1)
    }
  }

  return {
    isDeaf: () => unanswered >= DEAF_AFTER,
    clockAhead: () => ahead,
    close: async () => {
      closed = true
      clearInterval(counting)
      await line.end()
    },
  }
}
