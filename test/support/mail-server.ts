// A mail server as an organisation has one: real SMTP on a port of this machine, and what arrived, taken apart.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export type ReceivedMail = {
  to: string[]
  from: string
  headers: Record<string, string>
  subject: string
  text: string
  html: string
}

export type MailServerOptions = Pick<SMTPServerOptions, 'onAuth' | 'onRcptTo' | 'authOptional' | 'hideSTARTTLS'> & {
  port?: number
  /** called with each mail; what it throws is what the sender is told */
  onMail?(mail: ReceivedMail): void
}

export class MailServer implements AsyncDisposable {
  readonly received: ReceivedMail[] = []
  /** turns away for now whatever comes */
  refuses = false
  readonly #server: SMTPServer
  #waiting: { count: number; wake: () => void }[] = []

  constructor({ onMail, port: _port, ...options }: MailServerOptions) {
    this.#server = new SMTPServer({
      authOptional: true,
      hideSTARTTLS: true,
      allowInsecureAuth: true,
      // Connections that senders keep for later are not waited for.
      closeTimeout: 50,
      ...options,
      onData: (stream, session, done) => {
        text(stream).then((raw) => {
          const { mailFrom, rcptTo } = session.envelope
          const mail = parsed(
            raw,
            mailFrom ? mailFrom.address : '',
            rcptTo.map(({ address }) => address),
          )
          if (this.refuses) return done(new Error('not now'))
          try {
            onMail?.(mail)
          } catch (error) {
            return done(error as Error)
          }
          this.#keep(mail)
          done()
        }, done)
      },
    })
    // Clients that hang up, and ports that were scanned, are theirs to explain.
    this.#server.on('error', () => {})
  }

  async listen(port = 0): Promise<this> {
    const server = this.#server.listen(port, '127.0.0.1')
    if (!server.listening) await once(server, 'listening')
    return this
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port
  }

  /** For COUNTERSIGN_SMTP. */
  get url(): string {
    return `smtp://127.0.0.1:${this.port}`
  }

  /** Resolves with all that came, once that many have. */
  async whenReceived(count: number): Promise<ReceivedMail[]> {
    if (this.received.length < count) await new Promise<void>((wake) => this.#waiting.push({ count, wake }))
    return this.received
  }

  #keep(mail: ReceivedMail): void {
    this.received.push(mail)
    for (const { count, wake } of this.#waiting) if (this.received.length >= count) wake()
    this.#waiting = this.#waiting.filter(({ count }) => count > this.received.length)
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

export function mailServer(options: MailServerOptions = {}): Promise<MailServer> {
  return new MailServer(options).listen(options.port)
}

function parsed(raw: string, from: string, to: string[]): ReceivedMail {
  const { headers, body } = part(raw)
  const [, boundary = ''] = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '') ?? []
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((piece) => part(piece.replace(/^\r\n/, '')))
  const of = (type: string) => {
    const found = parts.find((piece) => piece.headers['content-type']?.startsWith(type))
    return found ? decoded(found).replaceAll('\r\n', '\n') : ''
  }
  return { to, from, headers, subject: words(headers.subject ?? ''), text: of('text/plain'), html: of('text/html') }
}

type Part = { headers: Record<string, string>; body: string }

function part(raw: string): Part {
  const end = raw.indexOf('\r\n\r\n')
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
  })
  return { headers: Object.fromEntries(headers), body: raw.slice(end + 4) }
}

function decoded({ headers, body }: Part): string {
  const encoding = headers['content-transfer-encoding']
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString()
  return encoding === 'quoted-printable' ? quotedPrintable(body.replace(/=\r\n/g, '')) : body
}

function quotedPrintable(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

/** RFC 2047. */
function words(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi, (_whole, how: string, word: string) =>
      how.toUpperCase() === 'B' ? Buffer.from(word, 'base64').toString() : quotedPrintable(word.replaceAll('_', ' ')),
    )
}
