// One connection on which this process listens. Firewalls drop those that are idle without a word: nobody asks anything
// on this one, so it is asked now and then whether it is still one.
import pg from 'pg'
import type { Beating } from './processes.ts'

export const CHANNEL = 'countersign'
const CONNECT_WITHIN_MS = 5000

/** How often a connection is asked whether it is still one, and how long it may take to answer, in milliseconds. */
export type Beat = { everyMs: number; withinMs: number }

export type LineNeeds = {
  beat: Beat
  /** with each beat */
  asked: Beating
  now: () => number
}

type Heard = {
  /** what a process announces */
  announced(payload: string): void
  /** when it begins, and with each beat: by how much the clock here is ahead of the database's, in milliseconds */
  answered(ahead: number): void
  /** it was open, and is no more */
  ended(): void
}

/** @throws where nobody answers */
export async function openLine(
  url: string,
  { beat, asked, now }: LineNeeds,
  { announced, answered, ended }: Heard,
): Promise<pg.Client> {
  const line = new pg.Client({
    connectionString: url,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: beat.withinMs,
  })
  line.on('notification', ({ payload = '' }) => announced(payload))
  line.on('error', () => {})
  await line.connect()
  try {
    await line.query(`listen ${CHANNEL}`)
    answered(await compare())
  } catch (error) {
    await line.end()
    throw error
  }
  let isAsked = false
  const beating = setInterval(() => void ask(), beat.everyMs).unref()
  // Not before: until it listens, whoever waits for it tries again.
  line.on('end', () => {
    clearInterval(beating)
    ended()
  })

  /** What was said on the way there and back is taken for said in the middle. */
  async function compare(): Promise<number> {
    const before = now()
    const { rows } = await line.query<{ now: string }>(asked)
    return (before + now()) / 2 - Number(rows[0]?.now)
  }

  /** Where no answer comes, it ends, and another is opened. */
  async function ask(): Promise<void> {
    if (isAsked) return
    isAsked = true
    await compare().then(answered, () => line.end())
    isAsked = false
  }

  return line
}
