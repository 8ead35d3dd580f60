// Streams that stay open, in a process of their own, for a process has only so many files. Half of them are never read.
import { connect, type Socket } from 'node:net'

export type Asked = { path: string; headers: Record<string, string> }
export type ToIdle = { port: number; host: string; from: string; asked: Asked[] }
/** `refusals`: what the others were answered, heads and bodies */
export type FromIdle = { opened: number; refusals: string[]; stillOpen: number }

/** At once. */
const LANES = 50
const sockets = new Set<Socket>()

process.on('message', async ({ asked, ...where }: ToIdle) => {
  const refusals: string[] = []
  let next = 0
  const lane = async () => {
    for (let n = next++; n < asked.length; n = next++) {
      const refusal = await open(where, asked[n] as Asked, n % 2 === 0)
      if (refusal !== undefined) refusals.push(refusal)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  process.send?.({ opened: asked.length - refusals.length, refusals, stillOpen: sockets.size } satisfies FromIdle)
})

/** @param isRead else it reads no more than the head @returns what was answered where it is no stream */
function open(
  { port, host, from }: Omit<ToIdle, 'asked'>,
  { path, headers }: Asked,
  isRead: boolean,
): Promise<string | undefined> {
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`)
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from })
    let text = ''
    const hear = (chunk: Buffer) => {
      text += chunk
      if (!text.startsWith('HTTP/1.1 200')) return
      sockets.add(socket)
      socket.off('data', hear)
      if (isRead) socket.resume()
      else socket.pause()
      resolve(undefined)
    }
    socket.on('data', hear)
    socket.on('error', (error) => resolve(String(error)))
    socket.on('close', () => {
      sockets.delete(socket)
      resolve(text)
    })
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\nconnection: close\r\n\r\n`)
  })
}

// The parent is gone.
process.on('disconnect', () => process.exit())
