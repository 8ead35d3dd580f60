// An organisation in the middle of a Tuesday morning: always the same people, and always the same moment.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { random } from '../../server/assemble.ts'
import { systemClock } from '../../server/clock.ts'
import { readConfig } from '../../server/config.ts'
import { logger } from '../../server/log.ts'
import { type Running, serve } from '../../server/main.ts'
import { inviteOperator } from '../../server/operators/operators.ts'
import { sow } from '../seed/seed.ts'
import { testCertificate } from '../support/certificate.ts'
import { freePort } from '../support/free-port.ts'
import { BASE, startSlapd } from '../support/slapd.ts'

export const NOW = Date.parse('2026-03-03T09:41:00.000Z')
const COMMAND_LINE = { kind: 'command-line', id: null, name: 'root', role: 'owner', act: 'operators.invite' } as const
const AMOUNTS = { users: 400, requests: 9_000, audit: 1_500, seed: 1 }

export interface BusyHouse extends AsyncDisposable, Pick<Running, 'origin' | 'parts'> {
  /** Makes an owner of this name. */
  invite(name: string): Promise<string>
}

/** Of whoever is in the directory. */
export const ALICE = { username: 'alice', password: 'signs in' }
const ENTRY = { reader: 'cn=reader', alice: 'cn=Alice Harbour' }
const LDIF = [
  [`dn: ${ENTRY.reader},${BASE}`, 'objectClass: inetOrgPerson', 'cn: reader', 'sn: reader', 'userPassword: reads', ''],
  [`dn: ${ENTRY.alice},${BASE}`, 'objectClass: inetOrgPerson', 'cn: Alice Harbour', 'sn: Harbour', 'uid: alice'],
  [
    'mail: alice@harbour.example',
    `userPassword: ${ALICE.password}`,
    'entryUUID: 2f1d8a34-5c0b-4e67-9a3e-0b7c5d2e9f10',
    '',
  ],
  [`dn: cn=Office,${BASE}`, 'objectClass: groupOfNames', 'cn: Office', `member: ${ENTRY.alice},${BASE}`, ''],
]

/** A directory with one person in it, and the file that names it. */
async function directory(folder: string) {
  const { ldaps, stop } = await startSlapd(LDIF.flat().join('\n'))
  const [file, passwordFile] = [join(folder, 'ldap.json'), join(folder, 'ldap-password')]
  const reader = { bindDn: `${ENTRY.reader},${BASE}`, bindPasswordFile: passwordFile }
  const where = { servers: [ldaps], ca: testCertificate().caPath, base: BASE, groups: ['Office'] }
  await writeFile(passwordFile, 'reads\n')
  await writeFile(file, JSON.stringify({ kind: 'openldap', ...where, ...reader }))
  return { file, stop }
}

export async function busyHouse(): Promise<BusyHouse> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-pictures-'))
  const ldap = await directory(folder)
  const env = {
    COUNTERSIGN_LDAP: ldap.file,
    COUNTERSIGN_DATA: folder,
    COUNTERSIGN_DEMO: '0',
    COUNTERSIGN_ORGANISATION: 'Harbour',
  }
  const radius = `udp://127.0.0.1:${await freePort()}`
  const config = readConfig({ ...env, HOST: '127.0.0.1', PORT: String(await freePort()), COUNTERSIGN_RADIUS: radius })
  const clock = { ...systemClock, now: () => NOW }
  const { origin, parts, close } = await serve(config, { clock, log: logger('silent') })
  await sow({ ...parts, clock, random }, AMOUNTS, () => undefined)
  return {
    origin,
    parts,
    invite: async (name) => (await inviteOperator(parts, { name, role: 'owner' }, COMMAND_LINE)).signInUrl,
    [Symbol.asyncDispose]: async () => {
      await close()
      await ldap.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
