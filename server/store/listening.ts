// Hears what other processes on one PostgreSQL announce. A connection that was lost is made anew, and so is one that was
// dropped without a word, as firewalls do with those that are idle: nobody asks anything on it, so it is asked now and then.
import pg from 'pg'
import type { Beating } from './processes.ts'
import type { Topics } from './topics.ts'

export const CHANNEL = 'countersign'
/** Waits between attempts to listen again, in milliseconds. */
const RECONNECT = [100, 500, 2000, 5000]
const CONNECT_WITHIN_MS = 5000
export const BEAT: Beat = { everyMs: 10_000, withinMs: 5000 }

/** How often a connection is asked whether it is still one, and how long it may take to answer, in milliseconds. */
export type Beat = { everyMs: number; withinMs: number }
/** So many beats in a row without an answer, and whoever asks this process may wait for what it does not hear. */
const DEAF_AFTER = 4

export type Listening = {
  /** for some time nothing could be heard, and it is not known what was missed */
  isDeaf(): boolean
  /** by how much this process's clock is ahead of the database's, in milliseconds, as of the last beat */
  clockAhead(): number
  close(): Promise<void>
}

/** @param self which process listens: it has told its own already @param asked with each beat @param now milliseconds */
export async function listen(
  url: string,
  { topics, self, beat, asked, now }: { topics: Topics; self: string; beat: Beat; asked: Beating; now: () => number },
): Promise<Listening> {
  let closed = false
  let unanswered = 0
  let ahead = 0
  const counting = setInterval(() => (unanswered += 1), beat.everyMs).unref()
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
    const begun = made.query(`listen ${CHANNEL}`).then(() => compare(made))
    await begun.catch(async (error: unknown) => {
      await made.end()
      throw error
    })
    heard()
    const beating = beatOn(made)
    // Not before: until it listens, whoever waits for it tries again.
    made.on('end', () => {
      clearInterval(beating)
      void reconnect(0)
    })
    return made
  }

  function heard(): void {
    unanswered = 0
  }

  /** What was said on the way there and back is taken for said in the middle. */
  async function compare(made: pg.Client): Promise<void> {
    const before = now()
    const { rows } = await made.query<{ now: string }>(asked)
    if (rows[0]) ahead = (before + now()) / 2 - Number(rows[0].now)
  }

  /** Where no answer comes, its end is what has another made. */
  function beatOn(made: pg.Client): NodeJS.Timeout {
    let isAsked = false
    const ask = async () => {
      if (isAsked) return
      isAsked = true
      await compare(made).then(heard, () => made.end())
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
    isDeaf: () => unanswered >= DEAF_AFTER,
    clockAhead: () => ahead,
    close: async () => {
      closed = true
      clearInterval(counting)
      await client.end()
    },
  }
}
