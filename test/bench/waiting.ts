// Waiting pages: how much memory each stream holds.
import { connect, type Socket } from 'node:net'
import type { House } from './house.ts'
import type { Person } from './people.ts'

type Created = { id: string; secret: string }

/** Opens `count` streams, a request each, in bundles. @returns bytes of the server's memory for each */
export async function waitingPages(house: House, people: readonly Person[], count: number): Promise<number> {
  const requests: Created[] = []
  await inBundles(count, 50, async (i) => void requests.push(await create(house, people[i % people.length] as Person)))
  const before = await house.memory()
  const sockets: Socket[] = []
  await inBundles(count, 200, async (i) => void sockets.push(await openStream(house, requests[i] as Created)))
  const after = await house.memory()
  for (const socket of sockets) socket.destroy()
  return (after - before) / count
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

/** A bare socket: a client library would need more memory than what is measured. */
function openStream({ origin, apiKey }: House, { id, secret }: Created): Promise<Socket> {
  const { hostname, port, host } = new URL(origin)
  const lines = [
    `GET /api/v1/login-requests/${id}/events HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${apiKey}`,
    `X-Request-Secret: ${secret}`,
  ]
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname, () =>
      socket.write(`${lines.join('\r\n')}\r\n\r\n`),
    )
    socket.once('error', reject)
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
      if (!text.includes('event: state')) return
      socket.removeAllListeners('data')
      socket.resume()
      resolve(socket)
    })
  })
}
