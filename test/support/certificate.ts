// TLS for doubles: one self-signed certificate per set of names and process, made by openssl because Node cannot make any.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  key: string
  cert: string
  /** The file for `NODE_EXTRA_CA_CERTS` of a process that must trust it. */
  caPath: string
}

const made = new Map<string, Certificate>()

/** A certificate for these host names and 127.0.0.1; its files live as long as this process. */
export function testCertificate(names: readonly string[] = ['localhost']): Certificate {
  const id = names.join(',')
  const known = made.get(id)
  if (known) return known
  const folder = mkdtempSync(join(tmpdir(), 'countersign-tls-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const keyPath = join(folder, 'key.pem')
  const caPath = join(folder, 'cert.pem')
  const alternatives = [...names.map((name) => `DNS:${name}`), 'IP:127.0.0.1'].join(',')
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const files = ['-keyout', keyPath, '-out', caPath, '-days', '30', '-subj', `/CN=${names[0]}`]
  const extension = ['-addext', `subjectAltName=${alternatives}`]
  execFileSync('openssl', [...request, ...files, ...extension], { stdio: ['ignore', 'ignore', 'pipe'] })
  const certificate = { key: readFileSync(keyPath, 'utf8'), cert: readFileSync(caPath, 'utf8'), caPath }
  made.set(id, certificate)
  return certificate
}
