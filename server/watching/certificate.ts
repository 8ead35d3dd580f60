// How long the certificate of this server's own origin lasts, looked at now and then beside what is asked.
import { connect, type PeerCertificate } from 'node:tls'
import type { Clock } from '../clock.ts'

const ANSWER_WITHIN_MS = 5000
const LOOK_EVERY_MS = 3_600_000
const DAY_MS = 86_400_000

type Seen = { certificate: Pick<PeerCertificate, 'valid_to'>; fault: string | undefined }

/** The answer is what was seen last: nobody waits for a connection. Days; null: not known, or no certificate. */
export type CertificateWatch = { daysLeft(): number | null }

export function watchCertificate(
  { clock, origin }: { clock: Clock; origin: string },
  look: (host: string, port: number) => Promise<Seen> = certificateOf,
): CertificateWatch {
  const { protocol, hostname, port } = new URL(origin)
  let until: number | undefined
  let looked = Number.NEGATIVE_INFINITY

  async function lookNow(): Promise<void> {
    try {
      const { certificate } = await look(hostname, Number(port || 443))
      until = Date.parse(certificate.valid_to)
    } catch {
      // A server need not reach itself by its own name; then nothing is known.
      until = undefined
    }
  }

  return {
    daysLeft() {
      if (protocol !== 'https:') return null
      const now = clock.now()
      if (now - looked >= LOOK_EVERY_MS) {
        looked = now
        void lookNow()
      }
      return until === undefined || Number.isNaN(until) ? null : Math.floor((until - now) / DAY_MS)
    },
  }
}

export function certificateOf(host: string, port: number): Promise<Seen> {
  return new Promise((resolve, reject) => {
    // It is judged here, and nothing is sent over this connection.
    const socket = connect(
      { host, port, servername: host, rejectUnauthorized: false, timeout: ANSWER_WITHIN_MS },
      () => {
        const fault = socket.authorized ? undefined : String(socket.authorizationError)
        resolve({ certificate: socket.getPeerCertificate(), fault })
        socket.destroy()
      },
    )
    socket.once('timeout', () => socket.destroy(new Error('no answer')))
    socket.once('error', reject)
  })
}
