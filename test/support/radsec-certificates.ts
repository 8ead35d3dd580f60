// An authority and two certificates that it signs, as RadSec wants them on both sides; made by openssl.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

export type Certificates = { ca: string; cert(name: string): string; key(name: string): string }

/** @param folder where the files are put @param names DNS names, one certificate each */
export function radsecCertificates(folder: string, names: readonly string[]): Certificates {
  const path = (file: string) => join(folder, file)
  const make = (file: string, ...more: string[]) =>
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
        ...['-keyout', path(`${file}.key`), '-out', path(`${file}.pem`), '-subj', `/CN=${file}`, ...more],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
  make('authority', '-addext', 'keyUsage=critical,keyCertSign')
  for (const name of names)
    make(
      name,
      ...['-CA', path('authority.pem'), '-CAkey', path('authority.key')],
      ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`],
    )
  return { ca: path('authority.pem'), cert: (name) => path(`${name}.pem`), key: (name) => path(`${name}.key`) }
}
