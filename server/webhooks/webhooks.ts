// Where the organisation wants to be told what happened: receivers, their secrets, and what each wants to hear.
import * as z from 'zod/mini'
import { newId } from '../../protocol/ids.ts'
import { timeOrNull } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { plainText } from '../../protocol/text.ts'
import type { Actor } from '../audit/actor.ts'
import { chainRow } from '../audit/chain/rows.ts'
import { type SealNeeds, sealEntries } from '../audit/chain/seal.ts'
import { ENTRIES, raise, record, SECURITY_EVENTS } from '../audit/record.ts'
import { type EndpointRules, endpointFault } from '../push/endpoint.ts'
import type { Db } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'
import { EVERYTHING, kindsOf, wantsAudit } from './fan-out.ts'
import { allWebhooks, moveWaiting, updateWebhook, type WebhookRow, webhookById } from './rows.ts'
import { newWebhookSecret } from './signature.ts'

export type WebhookNeeds = SealNeeds & {
  sealer: Sealer
  receiverRules: EndpointRules
}

const HOUR = 3_600_000
const MOST = 20
const KINDS: readonly string[] = [...SECURITY_EVENTS, ...ENTRIES, EVERYTHING]

const wishes = z.object({
  name: plainText(1, 64),
  url: z.string().check(z.maxLength(1024)),
  kinds: z.array(z.enum(KINDS as [string, ...string[]])).check(z.maxLength(KINDS.length)),
})
const changes = z.extend(z.partial(wishes), { state: z.optional(z.enum(['on', 'off'])) })

const secretCell = (id: string) => ({ table: 'webhooks', column: 'secret', id })
const formerCell = (id: string) => ({ table: 'webhooks', column: 'previous_secret', id })

/** @throws {Problem} unknown-webhook */
export async function knownWebhook(db: Db, id: string): Promise<WebhookRow> {
  const row = await webhookById(db, id)
  if (!row) throw new Problem('unknown-webhook')
  return row
}

/** Attack stopped: a webhook that makes this server call the organisation's inside. */
async function refuseInside(url: string, rules: EndpointRules): Promise<void> {
  const fault = await endpointFault(url, rules)
  if (fault === undefined) return
  throw new Problem('invalid', { members: { errors: { '/url': fault } } })
}

const unique = (kinds: readonly string[]) => JSON.stringify([...new Set(kinds)])

/** From now on: what happened before is made part of the chain first, and not told. */
async function auditStart(needs: SealNeeds, kinds: readonly string[]): Promise<number | null> {
  if (!wantsAudit(kinds)) return null
  await sealEntries(needs)
  return (await chainRow(needs.store.read))?.position ?? 0
}

/** @throws {Problem} invalid, too-many-webhooks */
export async function addWebhook(
  needs: WebhookNeeds,
  asked: { name: string; url: string; kinds: string[] },
  by: Actor,
): Promise<{ row: WebhookRow; secret: string }> {
  const { store, clock, random, sealer, receiverRules } = needs
  const { name, url, kinds } = parseOrRefuse(wishes, asked)
  await refuseInside(url, receiverRules)
  const id = newId('whk', random)
  const secret = newWebhookSecret(random)
  const row: WebhookRow = {
    id,
    name,
    url: new URL(url).href,
    version: 1,
    kinds: unique(kinds),
    secret: sealer.seal(secret, secretCell(id)),
    previous_secret: null,
    previous_until: null,
    state: 'on',
    failing_since: null,
    created_at: clock.now(),
    audit_position: await auditStart(needs, kinds),
  }
  await store.write(async (tx) => {
    await tx.insertInto('webhooks').values(row).execute()
    if ((await allWebhooks(tx)).length > MOST) throw new Problem('too-many-webhooks')
    const detail = { webhook: id, name, url: row.url, kinds }
    await raise(tx, { at: row.created_at, kind: 'webhook-added', by, detail })
  })
  return { row, secret }
}

/** Switched on again it is tried at once. @throws {Problem} unknown-webhook, invalid, changed-meanwhile */
export async function editWebhook(
  needs: WebhookNeeds,
  { id, version, ...asked }: { id: string; version: number } & z.input<typeof changes>,
  by: Actor,
): Promise<void> {
  const { store, clock, receiverRules } = needs
  const wished = parseOrRefuse(changes, asked)
  const { name, url, kinds, state } = wished
  if (url !== undefined) await refuseInside(url, receiverRules)
  const seen = await knownWebhook(store.read, id)
  const audit = kinds && (wantsAudit(kindsOf(seen)) ? seen.audit_position : await auditStart(needs, kinds))
  const edit = {
    ...(name !== undefined && { name }),
    ...(url !== undefined && { url: new URL(url).href }),
    ...(kinds && { kinds: unique(kinds), audit_position: wantsAudit(kinds) ? (audit ?? null) : null }),
    ...(state !== undefined && { state }),
    ...(state === 'on' && { failing_since: null }),
  }
  await store.write(async (tx) => {
    if (!(await updateWebhook(tx, { id, version }, edit))) throw new Problem('changed-meanwhile')
    if (state === 'on') await moveWaiting(tx, id, clock.now())
    await record(tx, { at: clock.now(), kind: 'webhook-changed', by, detail: { webhook: id, ...wished } })
  })
}

/** What still waited for it is not delivered. @throws {Problem} unknown-webhook */
export async function removeWebhook({ store, clock }: WebhookNeeds, id: string, by: Actor): Promise<void> {
  await store.write(async (tx) => {
    const gone = await tx.deleteFrom('webhooks').where('id', '=', id).returning(['name', 'url']).executeTakeFirst()
    if (!gone) throw new Problem('unknown-webhook')
    await tx.deleteFrom('webhook_deliveries').where('webhook_id', '=', id).execute()
    await record(tx, { at: clock.now(), kind: 'webhook-removed', by, detail: { webhook: id, ...gone } })
  })
}

/**
 * @param keepHours how long what is sent is signed with the former secret too
 * @throws {Problem} unknown-webhook, changed-meanwhile
 */
export async function rotateWebhookSecret(
  { store, clock, random, sealer }: WebhookNeeds,
  { id, keepHours }: { id: string; keepHours: number },
  by: Actor,
): Promise<{ secret: string; previousUntil: number | null }> {
  const row = await knownWebhook(store.read, id)
  const secret = newWebhookSecret(random)
  const previousUntil = keepHours === 0 ? null : clock.now() + keepHours * HOUR
  const former = sealer.openText(row.secret, secretCell(id))
  const edit = {
    secret: sealer.seal(secret, secretCell(id)),
    previous_secret: previousUntil === null ? null : sealer.seal(former, formerCell(id)),
    previous_until: previousUntil,
  }
  await store.write(async (tx) => {
    if (!(await updateWebhook(tx, row, edit))) throw new Problem('changed-meanwhile')
    await record(tx, {
      at: clock.now(),
      kind: 'webhook-secret-rotated',
      by,
      detail: { webhook: id, previousUntil: timeOrNull(previousUntil) },
    })
  })
  return { secret, previousUntil }
}

/** The newest first. */
export function secretsOf(sealer: Sealer, row: WebhookRow, now: number): string[] {
  const present = sealer.openText(row.secret, secretCell(row.id))
  const isOver = row.previous_secret === null || (row.previous_until ?? 0) <= now
  return isOver ? [present] : [present, sealer.openText(row.previous_secret ?? '', formerCell(row.id))]
}
