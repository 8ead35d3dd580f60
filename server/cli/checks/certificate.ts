// How long the certificate of an https origin lasts.
import type { PeerCertificate } from 'node:tls'
import { certificateOf } from '../../watching/certificate.ts'
import { about, type Finding } from './finding.ts'

const DAY_MS = 86_400_000
const RENEW_WITHIN_DAYS = 14

const { ok, warning, problem, notChecked } = about('certificate')

export async function checkCertificate(origin: string, now: number): Promise<Finding> {
  const { protocol, hostname, port } = new URL(origin)
  if (protocol !== 'https:') return notChecked(`${origin} is this machine only, without TLS.`)
  try {
    const { certificate, fault } = await certificateOf(hostname, Number(port || 443))
    if (fault) return problem(`Browsers will refuse the certificate of ${origin}: ${fault}.`, 'Install a valid one.')
    return judge(certificate, now)
  } catch (error) {
    return notChecked(`${origin} can’t be reached: ${(error as NodeJS.ErrnoException).code ?? 'no answer'}.`)
  }
}

export function judge(certificate: Pick<PeerCertificate, 'valid_to'>, now: number): Finding {
  const days = Math.floor((Date.parse(certificate.valid_to) - now) / DAY_MS)
  if (days >= RENEW_WITHIN_DAYS) return ok(`The certificate lasts ${days} days more.`)
  return warning(
    `The certificate lasts only ${days} days more.`,
    'Renew it, and see why that did not happen by itself.',
  )
}
