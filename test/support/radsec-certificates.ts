// An authority and the certificates that it signs, as RadSec wants them on both sides; made by openssl.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Certificates = {
  ca: string
  cert(name: string): string
  key(name: string): string
  /** One more. @param days until it ends; below 0: it has ended */
  issue(name: string, days?: number): void
}

/** @param folder where the files are put @param names DNS names, one certificate each */
export function radsecCertificates(folder: string, names: readonly string[]): Certificates {
  const path = (file: string) => join(folder, file)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const newKey = (file: string) => [
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-keyout', path(`${file}.key`), '-subj', `/CN=${file}`],
  ]
  openssl('req', '-x509', ...newKey('authority'), '-days', '2', '-out', path('authority.pem'))
  const issue = (name: string, days = 2) => {
    const [request, extensions] = [path(`${name}.csr`), path(`${name}.ext`)]
    const lines = [
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=digitalSignature',
      'extendedKeyUsage=serverAuth,clientAuth',
      `subjectAltName=DNS:${name},IP:127.0.0.1`,
    ]
    writeFileSync(extensions, lines.join('\n'))
    openssl('req', '-new', ...newKey(name), '-out', request)
    openssl(
      ...['x509', '-req', '-in', request, '-out', path(`${name}.pem`), '-days', String(days)],
      ...['-CA', path('authority.pem'), '-CAkey', path('authority.key'), '-CAcreateserial', '-extfile', extensions],
    )
  }
  for (const name of names) issue(name)
  return { ca: path('authority.pem'), cert: (name) => path(`${name}.pem`), key: (name) => path(`${name}.key`), issue }
}
