// Waiting pages: how much memory each stream holds, and how soon a page is told among so many that wait.
import { connect, type Socket } from 'node:net'
import { type Figure, percentile } from './figures.ts'
import type { House } from './house.ts'
import type { Person } from './people.ts'

type Created = { id: string; secret: string }
type Page = { request: Created; socket: Socket }

export type Waited = {
  /** of the server's memory, for each page */
  bytes: number
  /** milliseconds from the call that ended a request until its page knew */
  told: number[]
}

/** Longer, and a page has waited for other pages' turns. */
const SOON_MS = 250

/** @param ended so many of them, `lanes` at a time, while all the others go on waiting */
export async function waitingPages(
  house: House,
  people: readonly Person[],
  { count, ended = 0, lanes = 1 }: { count: number; ended?: number; lanes?: number },
): Promise<Waited> {
  const requests: Created[] = []
  await inBundles(count, 50, async (i) => void requests.push(await create(house, people[i % people.length] as Person)))
  const before = await house.memory()
  const pages: Page[] = []
  await inBundles(count, 200, async (i) => void pages.push(await openPage(house, requests[i] as Created)))
  const after = await house.memory()
  const told: number[] = []
  await inBundles(Math.min(ended, count), lanes, async (i) => void told.push(await end(house, pages[i] as Page)))
  for (const { socket } of pages) socket.destroy()
  return { bytes: (after - before) / count, told }
}

export function waitingFigures({ bytes, told }: Waited): Figure[] {
  const soon = told.filter((ms) => ms <= SOON_MS).length
  return [
    { name: 'memory of a waiting page', value: bytes / 1024, unit: 'KiB' },
    { name: `pages told within ${SOON_MS} ms while all others wait`, value: (100 * soon) / told.length, unit: '%' },
    { name: 'page told, p50', value: percentile(told, 0.5), unit: 'ms' },
    { name: 'page told, p99', value: percentile(told, 0.99), unit: 'ms' },
  ]
}

async function inBundles(count: number, size: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: size }, lane))
}

async function create({ origin, apiKey }: House, { username }: Person): Promise<Created> {
  const response = await fetch(`${origin}/api/v1/login-requests`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ username }),
  })
  if (response.status !== 201) throw new Error(`create: ${response.status} ${await response.text()}`)
  return (await response.json()) as Created
}

/** Until its page has been told. */
async function end({ origin, apiKey }: House, { request, socket }: Page): Promise<number> {
  const told = heard(socket, 'cancelled')
  const at = performance.now()
  const authorization = `Bearer ${apiKey}`
  const answer = await fetch(`${origin}/api/v1/login-requests/${request.id}`, {
    method: 'DELETE',
    headers: { authorization },
  })
  if (answer.status !== 204) throw new Error(`cancel: ${answer.status} ${await answer.text()}`)
  await told
  return performance.now() - at
}

/** Reads on until `words` have come. */
function heard(socket: Socket, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    const over = () => reject(new Error(`the stream ended without ${words}: ${text}`))
    const read = (chunk: Buffer) => {
      text += chunk
      if (text.startsWith('HTTP/1.1 503')) return reject(new Error(`no page more may wait: ${text}`))
      if (!text.includes(words)) return
      socket.off('data', read).off('close', over)
      socket.resume()
      resolve()
    }
    socket.on('data', read).on('close', over)
  })
}

/** A bare socket: a client library would need more memory than what is measured. */
async function openPage({ origin, apiKey }: House, request: Created): Promise<Page> {
  const { hostname, port, host } = new URL(origin)
  const lines = [
    `GET /api/v1/login-requests/${request.id}/events HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${apiKey}`,
    `X-Request-Secret: ${request.secret}`,
  ]
  const socket = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname)
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  // What goes wrong is told by its end.
  socket.on('error', () => {})
  await heard(socket, 'event: state')
  return { request, socket }
}
