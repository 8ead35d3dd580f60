// Applications that ask for login requests, in a process of their own: the suite's own must not be what is slow.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Wire } from '../support/wire-call.ts'
import { Asking } from './asking.ts'

export type ToCrowd =
  | { wire: Wire; apiKey: string; usernames: string[] }
  | { most: number }
  | { aSecond: number; ms: number }
export type Seen = { login: string; id: string | null; ms: number; status: number | null; hasRetryAfter: boolean }
export type FromCrowd = { seen: Seen[] }

const TURN_MS = 20
const LANES = 64

let asking: Asking
let apiKey = ''
let usernames: string[] = []
let count = 0

process.on('message', async (message: ToCrowd) => {
  if ('wire' in message) {
    asking = new Asking(message.wire, 0, 1024)
    apiKey = message.apiKey
    usernames = message.usernames
  } else {
    const seen = 'most' in message ? await most(message.most) : await press(message.aSecond, message.ms)
    process.send?.({ seen } satisfies FromCrowd)
  }
})

/** Each of some waits for its answer: as much as the server can do. */
async function most(ms: number): Promise<Seen[]> {
  const until = performance.now() + ms
  const seen: Seen[] = []
  const lane = async () => {
    while (performance.now() < until) seen.push(await create())
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return seen
}

/** So often a second, whatever comes of it. */
async function press(aSecond: number, ms: number): Promise<Seen[]> {
  const began = performance.now()
  const calls: Promise<Seen>[] = []
  while (performance.now() - began < ms) {
    const due = (aSecond * (performance.now() - began)) / 1000
    while (calls.length < due) calls.push(create())
    await sleep(TURN_MS)
  }
  return await Promise.all(calls)
}

async function create(): Promise<Seen> {
  const login = `crowd-${++count}`
  const before = performance.now()
  const reply = await asking.once('POST', '/api/v1/login-requests', {
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', 'idempotency-key': login },
    body: JSON.stringify({ username: usernames[count % usernames.length] }),
  })
  const { id = null } = (reply?.body ?? {}) as { id?: string }
  const hasRetryAfter = reply?.headers['retry-after'] !== undefined
  return { login, id, ms: performance.now() - before, status: reply?.status ?? null, hasRetryAfter }
}

// The parent is gone.
process.on('disconnect', () => process.exit())
