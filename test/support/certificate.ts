// TLS for doubles: self-signed certificates, made once by openssl because Node cannot make any, and kept for later runs.
import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  key: string
  cert: string
  /** The file for `NODE_EXTRA_CA_CERTS` of a process that must trust it. */
  caPath: string
}

const HOME = join(tmpdir(), `countersign-test-tls-${process.getuid?.() ?? 'user'}`)
const DAYS = 30
const DAY = 86_400_000

/** A certificate for these host names and 127.0.0.1, the same for every process that asks for them. */
export function testCertificate(names: readonly string[] = ['localhost']): Certificate {
  const folder = join(HOME, createHash('sha256').update(names.join()).digest('hex').slice(0, 16))
  const keyPath = join(folder, 'key.pem')
  const caPath = join(folder, 'cert.pem')
  if (!isFresh(caPath)) make(names, folder)
  return { key: readFileSync(keyPath, 'utf8'), cert: readFileSync(caPath, 'utf8'), caPath }
}

function isFresh(caPath: string): boolean {
  if (!existsSync(caPath)) return false
  return new X509Certificate(readFileSync(caPath)).validToDate.getTime() > Date.now() + DAY
}

function make(names: readonly string[], folder: string): void {
  mkdirSync(HOME, { recursive: true, mode: 0o700 })
  const draft = mkdtempSync(join(HOME, 'draft-'))
  const alternatives = [...names.map((name) => `DNS:${name}`), 'IP:127.0.0.1'].join(',')
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const files = ['-keyout', join(draft, 'key.pem'), '-out', join(draft, 'cert.pem'), '-days', String(DAYS)]
  const subject = ['-subj', `/CN=${names[0]}`, '-addext', `subjectAltName=${alternatives}`]
  execFileSync('openssl', [...request, ...files, ...subject], { stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    if (!isFresh(join(folder, 'cert.pem'))) rmSync(folder, { recursive: true, force: true })
    // Put in place at once: of two processes that start together, the second takes the first one's.
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true })
    if (!existsSync(folder)) throw error
  }
}
