// One connection to the organisation's syslog receiver, by TCP or TLS. A certificate that does not hold is no receiver.
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { promisify } from 'node:util'
import type { Clock } from '../clock.ts'

export type SyslogConnection = {
  /** Resolves when the data is on its way. @throws where the receiver reads nothing, or the signal came before */
  write(data: Buffer, signal: AbortSignal): Promise<void>
  /** @throws where the other side has gone */
  check(): void
  close(): void
}

const CONNECT_WITHIN_MS = 30_000
/** Less than the lease of whoever sends. */
const WRITE_WITHIN_MS = 20_000
const PORTS: Record<string, number> = { 'tls:': 6514, 'tcp:': 601 }

/** @param target tls://siem.example.org:6514 or tcp://127.0.0.1:601 */
export async function connectSyslog(target: URL, clock: Clock): Promise<SyslogConnection> {
  const host = target.hostname.replace(/^\[|\]$/g, '')
  const port = target.port === '' ? (PORTS[target.protocol] ?? 0) : Number(target.port)
  const isTls = target.protocol === 'tls:'
  const socket: Socket = isTls
    ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }) })
    : connectTcp({ host, port })
  let fault: Error | undefined
  socket.on('error', (error) => {
    fault ??= error
  })
  socket.on('close', () => {
    fault ??= new Error('the receiver hung up')
  })
  // What a receiver says is of no interest; left unread, it would hide that it has gone.
  socket.resume()
  await opened(socket, isTls ? 'secureConnect' : 'connect', clock)
  socket.setKeepAlive(true, CONNECT_WITHIN_MS)
  return {
    async write(data, signal) {
      await inTime(socket, { ms: WRITE_WITHIN_MS, fault: 'the receiver reads nothing', clock, signal }, () =>
        promisify<Buffer>(socket.write.bind(socket))(data),
      )
    },
    check: () => {
      if (fault) throw fault
    },
    close: () => socket.destroy(),
  }
}

async function opened(socket: Socket, event: 'connect' | 'secureConnect', clock: Clock): Promise<void> {
  await inTime(
    socket,
    { ms: CONNECT_WITHIN_MS, fault: 'no connection in time', clock },
    () =>
      new Promise<void>((resolve, reject) => {
        socket.once(event, resolve)
        socket.once('error', reject)
        socket.once('close', () => reject(new Error('the receiver hung up')))
      }),
  )
}

type Patience = { ms: number; fault: string; clock: Clock; signal?: AbortSignal }

/** What takes longer ends with the connection. */
async function inTime(
  socket: Socket,
  { ms, fault, clock, signal }: Patience,
  work: () => Promise<unknown>,
): Promise<void> {
  const done = new AbortController()
  let why: Error | undefined
  const end = (message: string) => {
    why = new Error(message)
    socket.destroy(why)
  }
  const stop = () => end('no longer wanted')
  const late = clock.after(ms, done.signal).then(
    () => end(fault),
    () => {}, // it came in time
  )
  signal?.addEventListener('abort', stop)
  try {
    await work()
  } catch (error) {
    throw why ?? error
  } finally {
    signal?.removeEventListener('abort', stop)
    done.abort()
    await late
  }
}
