// A syslog receiver, by TCP or TLS, that takes frames apart as RFC 6587 and RFC 5424 have them.

import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { Arrivals } from './arrivals.ts'
import { testCertificate } from './certificate.ts'

export type SyslogMessage = {
  priority: number
  at: string
  host: string
  program: string
  id: string
  entry: { position: number; kind: string; hash: string; user: string | null; detail: Record<string, unknown> }
}

const MESSAGE = /^<(\d+)>1 (\S+) (\S+) (\S+) - (\S+) - \ufeff(\{.*\})$/s

export class SyslogReceiver implements AsyncDisposable {
  readonly messages = new Arrivals<SyslogMessage>('message', ({ id }) => id)
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(isTls: boolean, names?: readonly string[]) {
    const take = (socket: Socket) => this.#take(socket)
    this.#server = isTls ? createTlsServer(testCertificate(names), take) : createServer(take)
    this.#server.on('tlsClientError', () => {})
  }

  /** @param options `names`: of the certificate */
  static async start({
    port = 0,
    isTls = false,
    names,
  }: {
    port?: number
    isTls?: boolean
    names?: readonly string[]
  } = {}): Promise<SyslogReceiver> {
    const receiver = new SyslogReceiver(isTls, names)
    await new Promise<void>((resolve) => receiver.#server.listen(port, '127.0.0.1', resolve))
    return receiver
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  #take(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => {})
    let rest: Buffer = Buffer.alloc(0)
    socket.on('data', (data) => {
      rest = Buffer.concat([rest, data])
      for (;;) {
        const blank = rest.indexOf(' ')
        const length = Number(rest.subarray(0, blank).toString())
        if (blank === -1 || rest.length < blank + 1 + length) return
        this.messages.add(parsed(rest.subarray(blank + 1, blank + 1 + length).toString()))
        rest = rest.subarray(blank + 1 + length)
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function parsed(text: string): SyslogMessage {
  const found = MESSAGE.exec(text)
  if (!found) throw new Error(`no RFC 5424 message: ${text}`)
  const [, priority = '', at = '', host = '', program = '', id = '', json = ''] = found
  return { priority: Number(priority), at, host, program, id, entry: JSON.parse(json) as SyslogMessage['entry'] }
}
