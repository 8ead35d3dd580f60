// Who may ask over RADIUS: a network and a secret, or a certificate; each for one application.
import ipaddr from 'ipaddr.js'
import type * as z from 'zod/mini'
import { newId, type RadiusClientId, type RandomBytes } from '../../protocol/ids.ts'
import { timeOrNull } from '../../protocol/login-request.ts'
import type { addRadiusClientCall, editRadiusClientCall } from '../../protocol/operator-api/radius-clients.ts'
import { Problem } from '../../protocol/problems.ts'
import { knownApplication } from '../applications/changes.ts'
import type { Actor } from '../audit/actor.ts'
import { raise, record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { orNotUnique } from '../store/not-unique.ts'
import type { Db } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { clientById, type RadiusClientRow, updateClient } from './client-rows.ts'
import { newSecret } from './secret.ts'

type Needs = { store: Store; clock: Clock; sealer: Sealer; random: RandomBytes }

const HOUR = 3_600_000
/** RFC 6614 §2.3: the TLS connection is the secret. */
export const RADSEC_SECRET = 'radsec'

const cell = (id: string) => ({ table: 'radius_clients', column: 'secret', id })
const formerCell = (id: string) => ({ table: 'radius_clients', column: 'previous_secret', id })

/** @throws {Problem} unknown-radius-client */
export async function knownClient(db: Db, id: RadiusClientId): Promise<RadiusClientRow> {
  const row = await clientById(db, id)
  if (!row) throw new Problem('unknown-radius-client')
  return row
}

/** @throws {Problem} unknown-application, invalid, radius-client-taken */
export async function addClient(
  needs: Needs,
  asked: z.output<typeof addRadiusClientCall>,
  by: Actor,
): Promise<{ id: RadiusClientId; secret: string }> {
  const { store, clock, sealer, random } = needs
  await knownApplication(store.read, asked.id)
  const network = canonicalNetwork(asked.network)
  refuseUnsigned(network, asked.messageAuthenticator)
  const certificate = asked.certificate.toLowerCase()
  const id = newId('rad', random)
  const secret = certificate === '' ? newSecret(random) : RADSEC_SECRET
  const row: RadiusClientRow = {
    id,
    application_id: asked.id,
    network,
    certificate,
    secret: sealer.seal(secret, cell(id)),
    previous_secret: null,
    previous_until: null,
    challenges: asked.challenges ? 1 : 0,
    groups: asked.groups,
    unsigned: asked.messageAuthenticator ? 0 : 1,
    created_at: clock.now(),
    last_seen_at: null,
    fault: null,
    fault_at: null,
    version: 1,
  }
  const added = store.write(async (tx, announce) => {
    await tx.insertInto('radius_clients').values(row).execute()
    const detail = { client: id, network, certificate, messageAuthenticator: asked.messageAuthenticator }
    await raise(tx, { at: row.created_at, kind: 'radius-client-added', application: asked.id, by, detail })
    announce('radius-clients')
    return true
  })
  if (!(await orNotUnique(added))) throw new Problem('radius-client-taken')
  return { id, secret }
}

/** @throws {Problem} unknown-radius-client, invalid, changed-meanwhile, radius-client-taken */
export async function editClient(
  { store, clock }: Needs,
  { id, version, ...asked }: z.output<typeof editRadiusClientCall>,
  by: Actor,
): Promise<void> {
  const seen = await knownClient(store.read, id)
  const network = asked.network === undefined ? seen.network : canonicalNetwork(asked.network)
  const messageAuthenticator = asked.messageAuthenticator ?? seen.unsigned === 0
  refuseUnsigned(network, messageAuthenticator)
  const changes = {
    network,
    unsigned: messageAuthenticator ? 0 : 1,
    ...(asked.challenges !== undefined && { challenges: asked.challenges ? 1 : 0 }),
    ...(asked.groups !== undefined && { groups: asked.groups }),
  }
  const changed = store.write(async (tx, announce) => {
    if (!(await updateClient(tx, { id, version }, changes))) throw new Problem('changed-meanwhile')
    const about = { at: clock.now(), application: seen.application_id, by }
    await record(tx, { ...about, kind: 'radius-client-changed', detail: { client: id, ...asked, network } })
    announce('radius-clients')
    return true
  })
  if (!(await orNotUnique(changed))) throw new Problem('radius-client-taken')
}

/**
 * @param keepHours how long the former secret works too
 * @throws {Problem} unknown-radius-client, invalid, changed-meanwhile
 */
export async function rotateSecret(
  { store, clock, sealer, random }: Needs,
  { id, keepHours }: { id: RadiusClientId; keepHours: number },
  by: Actor,
): Promise<{ secret: string; previousUntil: number | null }> {
  const seen = await knownClient(store.read, id)
  if (seen.certificate !== '')
    throw new Problem('invalid', { detail: 'This client connects by RadSec: its certificate is its secret.' })
  const now = clock.now()
  const secret = newSecret(random)
  const previousUntil = keepHours === 0 ? null : now + keepHours * HOUR
  const former = sealer.openText(seen.secret, cell(id))
  const changes = {
    secret: sealer.seal(secret, cell(id)),
    previous_secret: previousUntil === null ? null : sealer.seal(former, formerCell(id)),
    previous_until: previousUntil,
  }
  await store.write(async (tx, announce) => {
    if (!(await updateClient(tx, seen, changes))) throw new Problem('changed-meanwhile')
    const detail = { client: id, previousUntil: timeOrNull(previousUntil) }
    await raise(tx, { at: now, kind: 'radius-secret-rotated', application: seen.application_id, by, detail })
    announce('radius-clients')
  })
  return { secret, previousUntil }
}

/** What comes from it is no longer answered. @throws {Problem} unknown-radius-client */
export async function removeClient({ store, clock }: Needs, id: RadiusClientId, by: Actor): Promise<void> {
  await store.write(async (tx, announce) => {
    const { application_id: application, network } = await knownClient(tx, id)
    await tx.deleteFrom('radius_clients').where('id', '=', id).execute()
    const detail = { client: id, network }
    await record(tx, { at: clock.now(), kind: 'radius-client-removed', application, by, detail })
    announce('radius-clients')
  })
}

/** The one in use, and the one before as long as it works. */
export function secretsOf(sealer: Sealer, row: RadiusClientRow, now: number): Buffer[] {
  const secrets = [sealer.openText(row.secret, cell(row.id))]
  if (row.previous_secret !== null && (row.previous_until ?? 0) > now)
    secrets.push(sealer.openText(row.previous_secret, formerCell(row.id)))
  return secrets.map((secret) => Buffer.from(secret))
}

/** @throws {Problem} invalid */
function canonicalNetwork(text: string): string {
  const cidr = text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`
  if (!ipaddr.isValidCIDR(cidr)) throw fault('/network', 'must be an address, or a network such as 192.0.2.0/24')
  const [base, bits] = ipaddr.parseCIDR(cidr)
  const family = base.kind() === 'ipv6' ? ipaddr.IPv6 : ipaddr.IPv4
  return `${family.networkAddressFromCIDR(cidr)}/${bits}`
}

/**
 * Attack stopped: whoever is on the way changes a request that nothing signs, and forges the answer to it. On this
 * machine nobody is on the way. @throws {Problem} invalid
 */
function refuseUnsigned(network: string, messageAuthenticator: boolean): void {
  if (messageAuthenticator || /^127\.[\d.]+\/(8|9|[12]\d|3[0-2])$|^::1\/128$/.test(network)) return
  throw fault('/messageAuthenticator', 'can be left away on this machine only, from 127.0.0.0/8 or ::1')
}

const fault = (member: string, sentence: string) =>
  new Problem('invalid', { members: { errors: { [member]: sentence } } })
