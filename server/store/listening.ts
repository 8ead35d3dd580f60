// Hears what other processes on one PostgreSQL announce. A connection that was lost is made anew, and so is one that was
// dropped without a word, as firewalls do with those that are idle: nobody asks anything on it, so it is asked now and then.
import pg from 'pg'
import type { Topics } from './topics.ts'

export const CHANNEL = 'countersign'
/** Waits between attempts to listen again, in milliseconds. */
const RECONNECT = [100, 500, 2000, 5000]
const CONNECT_WITHIN_MS = 5000
export const BEAT: Beat = { everyMs: 10_000, withinMs: 5000 }

/** How often a connection is asked whether it is still one, and how long it may take to answer, in milliseconds. */
export type Beat = { everyMs: number; withinMs: number }

/** @param self which process listens: it has told its own already */
export async function listen(
  url: string,
  { topics, self, beat }: { topics: Topics; self: string; beat: Beat },
): Promise<{ close(): Promise<void> }> {
  let closed = false
  let client = await connect()

  async function connect(): Promise<pg.Client> {
    const made = new pg.Client({
      ...{ connectionString: url, keepAlive: true },
      ...{ connectionTimeoutMillis: CONNECT_WITHIN_MS, query_timeout: beat.withinMs },
    })
    made.on('notification', ({ payload = '' }) => {
      const [origin, ...announced] = payload.split(' ')
      if (origin !== self) topics.publish(announced)
    })
    made.on('error', () => {})
    await made.connect()
    await made.query(`listen ${CHANNEL}`).catch(async (error: unknown) => {
      await made.end()
      throw error
    })
    const beating = beatOn(made)
    // Not before: until it listens, whoever waits for it tries again.
    made.on('end', () => {
      clearInterval(beating)
      void reconnect(0)
    })
    return made
  }

  /** Where no answer comes, its end is what has another made. */
  function beatOn(made: pg.Client): NodeJS.Timeout {
    let isAsked = false
    const ask = async () => {
      if (isAsked) return
      isAsked = true
      await made.query('select 1').catch(() => made.end())
      isAsked = false
    }
    return setInterval(() => void ask(), beat.everyMs).unref()
  }

  async function reconnect(attempt: number): Promise<void> {
    if (closed) return
    await new Promise((resolve) => setTimeout(resolve, RECONNECT[Math.min(attempt, RECONNECT.length - 1)]))
    if (closed) return
    try {
      client = await connect()
      if (closed) await client.end()
      // Anything may have been missed: everyone looks again.
      topics.publishAll()
    } catch {
      // Not up yet; queries report the outage, this only keeps trying.
      await reconnect(attempt + 1)
    }
  }

  return {
    close: async () => {
      closed = true
      await client.end()
    },
  }
}
