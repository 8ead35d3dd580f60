// Applications that ask for login requests, in a process of their own: the suite's own must not be what is slow.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Wire } from '../support/wire-call.ts'
import { LightCalls } from './light-calls.ts'

export type ToCrowd =
  | { wire: Wire; apiKey: string; usernames: string[] }
  | { most: number }
  | { aSecond: number; ms: number }
/** `ms`: from sending to the answer; who finds no connection free waits at home before */
export type Seen = { login: string; id: string | null; ms: number; status: number | null; hasRetryAfter: boolean }
/** `behindMs`: by how much the latest of them was sent too late */
export type FromCrowd = { seen: Seen[]; behindMs: number }

const TURN_MS = 5
const LANES = 64
/** As many as applications' pools have open. */
const CONNECTIONS = 512
/** A call without an answer by then has none. */
const ANSWER_WITHIN_MS = 8000

let calls: LightCalls
let head = ''
let usernames: string[] = []
let count = 0

process.on('message', async (message: ToCrowd) => {
  if ('wire' in message) {
    const { wire, apiKey } = message
    calls = new LightCalls(wire.port, ANSWER_WITHIN_MS)
    const fields = [
      `Host: ${new URL(wire.origin).host}`,
      `Authorization: Bearer ${apiKey}`,
      'Content-Type: application/json',
    ]
    head = ['POST /api/v1/login-requests HTTP/1.1', ...fields, ''].join('\r\n')
    usernames = message.usernames
    await calls.open(CONNECTIONS)
    process.send?.({ seen: [], behindMs: 0 } satisfies FromCrowd)
  } else {
    const found = 'most' in message ? await most(message.most) : await press(message.aSecond, message.ms)
    process.send?.(found satisfies FromCrowd)
  }
})

/** Each of some waits for its answer: as much as the server can do. */
async function most(ms: number): Promise<FromCrowd> {
  const until = performance.now() + ms
  const seen: Seen[] = []
  const lane = async () => {
    while (performance.now() < until) seen.push(await create())
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return { seen, behindMs: 0 }
}

/** So often a second, whatever comes of it. */
async function press(aSecond: number, ms: number): Promise<FromCrowd> {
  const began = performance.now()
  const made: Promise<Seen>[] = []
  let behindMs = 0
  for (let passed = 0; passed < ms; passed = performance.now() - began) {
    behindMs = Math.max(behindMs, passed - (1000 * made.length) / aSecond)
    while (made.length < (aSecond * passed) / 1000) made.push(create())
    await sleep(TURN_MS)
  }
  return { seen: await Promise.all(made), behindMs }
}

async function create(): Promise<Seen> {
  const login = `crowd-${++count}`
  const body = JSON.stringify({ username: usernames[count % usernames.length] })
  const { answer, ms } = await calls.post(`${head}Idempotency-Key: ${login}\r\n`, body)
  const { id = null } = (answer?.status === 201 ? JSON.parse(answer.body) : {}) as { id?: string }
  return {
    login,
    id,
    ms,
    status: answer?.status ?? null,
    hasRetryAfter: answer?.head.includes('\r\nretry-after:') ?? false,
  }
}

// The parent is gone.
process.on('disconnect', () => process.exit())
