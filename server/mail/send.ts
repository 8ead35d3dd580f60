// From a composed mail to the organisation's mail server, by nodemailer.
import { createTransport } from 'nodemailer'
import type { MailAddress } from '../config-values.ts'
import type { ComposedMail } from './compose.ts'

/** 'refused': this address or this mail is not taken, and never will be */
export type Sent = { kind: 'sent' } | { kind: 'refused' | 'again'; error: string }

export type MailSender = {
  send(to: string, mail: ComposedMail & { id: string }): Promise<Sent>
  close(): void
}

const CONNECTIONS = 3
/** Stopping waits for what is on the wire: longer than this is too long. */
const ANSWER_WITHIN_MS = 20_000

/** @param smtp as configured: `smtp:` begins in the clear and changes over to TLS, `smtps:` is TLS from the start */
export function smtpSender(smtp: URL, from: MailAddress): MailSender {
  const secure = smtp.protocol === 'smtps:'
  const user = decodeURIComponent(smtp.username)
  const host = smtp.hostname.replace(/^\[|\]$/g, '')
  const transport = createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    host,
    port: smtp.port === '' ? (secure ? 465 : 587) : Number(smtp.port),
    secure,
    // Attack stopped: somebody between who answers that there is no TLS, and reads password and links.
    requireTLS: !secure && !isThisMachine(host),
    ignoreTLS: !secure && isThisMachine(host),
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(smtp.password) } }),
    connectionTimeout: ANSWER_WITHIN_MS,
    greetingTimeout: ANSWER_WITHIN_MS,
    socketTimeout: ANSWER_WITHIN_MS,
    // No template and no value can make the mail read a file or fetch an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    send: async (to, { id, subject, text, html }) => {
      try {
        await transport.sendMail({
          from,
          // As objects: an address with a comma in it stays one address.
          to: { name: '', address: to },
          envelope: { from: from.address, to: [to] },
          messageId: `<${id}@${from.address.split('@')[1]}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
          subject,
          text,
          html,
        })
        return { kind: 'sent' }
      } catch (error) {
        return { kind: isRefusal(error) ? 'refused' : 'again', error: said(error) }
      }
    },
    close: () => transport.close(),
  }
}

const isThisMachine = (host: string) => host === 'localhost' || host === '::1' || /^127\./.test(host)

/** 5xx to the recipient or to the mail itself. What the server has against us (AUTH, MAIL FROM) can be mended. */
function isRefusal(error: unknown): boolean {
  const { responseCode, command } = error as { responseCode?: unknown; command?: unknown }
  const isFinal = typeof responseCode === 'number' && responseCode >= 500
  return isFinal && (command === 'RCPT TO' || command === 'DATA')
}

/** For operators. A mail server may quote what it refuses: no link, and so no code, goes into the store or a log. */
function said(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const quiet = text.replace(/\S*(:\/\/|#)\S*/g, '…').replace(/\p{Cc}+/gu, ' ')
  return quiet.slice(0, 300)
}
