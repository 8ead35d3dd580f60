// Debian's OpenLDAP server with a directory of its own, in a folder that goes with it.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testCertificate } from './certificate.ts'
import { type ForeignProgram, startProgram } from './foreign-program.ts'
import { freePort } from './free-port.ts'

export const BASE = 'dc=harbour,dc=example'
export const ROOT_DN = `cn=admin,${BASE}`
export const ROOT_PASSWORD = 'service secret'

export type Slapd = { ldaps: string; ldap: string; stop: ForeignProgram['stop'] }

/** As Active Directory calls things; OpenLDAP only needs to be told that they exist. */
const AD_NAMES = `
attributetype ( 1.3.6.1.4.1.99999.1.1 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.1.2 NAME 'userPrincipalName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.1.3 NAME 'userAccountControl' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.1.4 NAME 'objectGUID' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.99999.1.5 NAME 'objectCategory' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.99999.2.1 NAME 'user' SUP top AUXILIARY MAY ( sAMAccountName $ userPrincipalName $ userAccountControl $ objectGUID $ objectCategory ) )
`

/** @param ldif what is below BASE */
export async function startSlapd(ldif: string): Promise<Slapd> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-slapd-'))
  const { key, cert } = testCertificate()
  const path = (name: string) => join(folder, name)
  mkdirSync(path('db'))
  writeFileSync(path('key.pem'), key, { mode: 0o600 })
  writeFileSync(path('cert.pem'), cert)
  writeFileSync(path('ad.schema'), AD_NAMES)
  const schemas = ['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`)
  const conf = [
    ...schemas,
    `include ${path('ad.schema')}`,
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    `TLSCertificateFile ${path('cert.pem')}`,
    `TLSCertificateKeyFile ${path('key.pem')}`,
    `pidfile ${path('pid')}`,
    // Passwords in the clear are refused, as an organisation would.
    'security simple_bind=128',
    'database mdb',
    `suffix "${BASE}"`,
    `rootdn "${ROOT_DN}"`,
    `rootpw "${ROOT_PASSWORD}"`,
    `directory ${path('db')}`,
    'access to attrs=userPassword by anonymous auth by * none',
    'access to * by dn.base="cn=reader,dc=harbour,dc=example" read by * none',
    '',
  ]
  writeFileSync(path('slapd.conf'), conf.join('\n'))
  const top = `dn: ${BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Harbour\ndc: harbour\n`
  writeFileSync(path('data.ldif'), `${top}\n${ldif}`)
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
  execFileSync('slapadd', ['-q', '-f', path('slapd.conf'), '-l', path('data.ldif')], { env, stdio: 'pipe' })
  const [secure, plain] = [await freePort(), await freePort()]
  const ldaps = `ldaps://localhost:${secure}`
  const ldap = `ldap://localhost:${plain}`
  const listen = `ldaps://127.0.0.1:${secure} ldap://127.0.0.1:${plain}`
  const args = ['-d', '256', '-f', path('slapd.conf'), '-h', listen]
  const program = await startProgram('slapd', args, { cwd: folder, ready: /slapd starting/ })
  const stop = async () => {
    await program.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { ldaps, ldap, stop }
}
