// One connection to the organisation's syslog receiver, by TCP or TLS. A certificate that does not hold is no receiver.
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Clock } from '../clock.ts'

export type SyslogConnection = {
  /** Resolves when the data is on its way. */
  write(data: Buffer): Promise<void>
  /** @throws where the other side has gone */
  check(): void
  close(): void
}

const CONNECT_WITHIN_MS = 30_000
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
    write: (data) =>
      new Promise((resolve, reject) => socket.write(data, (error) => (error ? reject(error) : resolve()))),
    check: () => {
      if (fault) throw fault
    },
    close: () => socket.destroy(),
  }
}

async function opened(socket: Socket, event: 'connect' | 'secureConnect', clock: Clock): Promise<void> {
  const watch = new AbortController()
  const late = clock.after(CONNECT_WITHIN_MS, watch.signal).then(
    () => socket.destroy(new Error('no connection in time')),
    () => {}, // it came in time
  )
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(event, resolve)
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('the receiver hung up')))
    })
  } finally {
    watch.abort()
    await late
  }
}
