// Who runs this installation: invited by a link, with a role, removed at once.
import { newId, type OperatorId, type RandomBytes } from '../../protocol/ids.ts'
import { timeOrNull, timestamp } from '../../protocol/login-request.ts'
import type { Invitation, OperatorView } from '../../protocol/operator-api/operators.ts'
import { mayGrant, type OperatorRole } from '../../protocol/permissions.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { raise, record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { deleteTokensBeyond } from './api-token-rows.ts'
import { openInvitations, withdrawInvitations } from './invitation-rows.ts'
import { refuseLikeness } from './likeness.ts'
import { type IssuedLink, issueLink } from './link.ts'
import { endMadeBy } from './made-by.ts'
import { guardingOwners, refuseLastOwner } from './owners.ts'
import { deletePasskeysOf, passkeyCounts } from './passkey-rows.ts'
import {
  allOperators,
  insertOperator,
  type OperatorRow,
  operatorById,
  operatorNameKey,
  updateOperator,
} from './rows.ts'

export type OperatorNeeds = { store: Store; clock: Clock; random: RandomBytes; publicOrigin: string }

export async function listOperators({ store, clock }: Pick<OperatorNeeds, 'store' | 'clock'>): Promise<OperatorView[]> {
  const rows = await allOperators(store.read)
  const [counts, links] = await Promise.all([passkeyCounts(store.read), openInvitations(store.read, clock.now())])
  const linkOf = new Map(links.map(({ operator_id, expires_at }) => [operator_id, expires_at]))
  return rows.map((row) => view(row, { passkeys: counts.get(row.id) ?? 0, linkUntil: linkOf.get(row.id) ?? null }))
}

function view(row: OperatorRow, { passkeys, linkUntil }: { passkeys: number; linkUntil: number | null }): OperatorView {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    state: passkeys > 0 ? 'active' : 'invited',
    passkeys,
    createdAt: timestamp(row.created_at),
    lastSignInAt: timeOrNull(row.last_sign_in_at),
    linkUntil: timeOrNull(linkUntil),
    version: row.version,
  }
}

/** @throws {Problem} unknown-operator */
async function operatorView({ store, clock }: Pick<OperatorNeeds, 'store' | 'clock'>, id: OperatorId) {
  const found = (await listOperators({ store, clock })).find((operator) => operator.id === id)
  if (!found) throw new Problem('unknown-operator')
  return found
}

/** @throws {Problem} forbidden, operator-name-taken */
export async function inviteOperator(
  needs: OperatorNeeds,
  asked: { name: string; role: OperatorRole },
  by: Actor,
): Promise<Invitation> {
  refuseToGrant(by, asked.role)
  const row = newOperator(needs, asked, by.id ?? by.kind)
  const link = await needs.store.write(async (tx) => {
    await refuseLikeness(tx, needs.store, row)
    if (!(await insertOperator(tx, row))) throw new Problem('operator-name-taken')
    const issued = await issueLink(tx, needs, { operator: row.id, by: by.id })
    await raise(tx, { at: row.created_at, kind: 'operator-invited', by, detail: named(row) })
    return issued
  })
  return { operator: await operatorView(needs, row.id), ...told(link) }
}

export function newOperator(
  { clock, random }: Pick<OperatorNeeds, 'clock' | 'random'>,
  { name, role }: { name: string; role: OperatorRole },
  invitedBy: string,
): OperatorRow {
  return {
    id: newId('opr', random),
    name: name.trim(),
    name_key: operatorNameKey(name),
    role,
    version: 1,
    invited_by: invitedBy,
    created_at: clock.now(),
    last_sign_in_at: null,
    removed_at: null,
  }
}

/**
 * For somebody who lost their passkeys, or their first link: accepting it takes all former passkeys away.
 * @throws {Problem} unknown-operator, forbidden
 */
export async function renewLink(needs: OperatorNeeds, { id }: { id: OperatorId }, by: Actor): Promise<Invitation> {
  const { store, clock } = needs
  const operator = await known(store.read, id)
  refuseToGrant(by, operator.role)
  const link = await store.write(async (tx) => {
    await withdrawInvitations(tx, id)
    const issued = await issueLink(tx, needs, { operator: id, by: by.id })
    await raise(tx, { at: clock.now(), kind: 'operator-link-renewed', by, detail: named(operator) })
    return issued
  })
  return { operator: await operatorView(needs, id), ...told(link) }
}

/**
 * Takes effect at the operator's next call. API tokens that may do more than the new role end.
 * @param asked.version the one that the caller has seen
 * @throws {Problem} unknown-operator, changed-meanwhile, forbidden, last-owner
 */
export async function changeRole(
  { store, clock }: Pick<OperatorNeeds, 'store' | 'clock'>,
  { id, role, version }: { id: OperatorId; role: OperatorRole; version: number },
  by: Actor,
): Promise<OperatorView> {
  await guardingOwners(store, async (write) => {
    const operator = await known(store.read, id)
    if (operator.version !== version) throw new Problem('changed-meanwhile')
    refuseToGrant(by, operator.role)
    refuseToGrant(by, role)
    if (operator.role === 'owner' && role !== 'owner') await refuseLastOwner(store.read, id)
    return write(async (tx) => {
      if (!(await updateOperator(tx, operator, { role }))) throw new Problem('changed-meanwhile')
      const ended = await deleteTokensBeyond(tx, id, role)
      const detail = { ...named(operator), from: operator.role, to: role, endedApiTokens: ended }
      await raise(tx, { at: clock.now(), kind: 'operator-role-changed', by, detail })
      return true
    })
  })
  return operatorView({ store, clock }, id)
}

/** With passkeys, links, sessions, API tokens and what they made to let others in, at once. @throws {Problem} unknown-operator, forbidden, last-owner */
export async function removeOperator(
  { store, clock }: Pick<OperatorNeeds, 'store' | 'clock'>,
  { id }: { id: OperatorId },
  by: Actor,
): Promise<void> {
  await guardingOwners(store, async (write) => {
    const operator = await known(store.read, id)
    refuseToGrant(by, operator.role)
    if (operator.role === 'owner') await refuseLastOwner(store.read, id)
    return write(async (tx) => {
      const now = clock.now()
      if (!(await updateOperator(tx, operator, { removed_at: now, name_key: null }))) return undefined
      await deletePasskeysOf(tx, id)
      await withdrawInvitations(tx, id)
      const ended = await endMadeBy(tx, id)
      await record(tx, { at: now, kind: 'operator-removed', by, detail: { ...named(operator), ...ended } })
      return true
    })
  })
}

async function known(db: Db, id: OperatorId): Promise<OperatorRow> {
  const operator = await operatorById(db, id)
  if (!operator) throw new Problem('unknown-operator')
  return operator
}

function refuseToGrant(by: Actor, role: OperatorRole): void {
  if (!mayGrant(by.role, role)) throw new Problem('forbidden')
}

const named = ({ id, name, role }: OperatorRow) => ({ operator: id, name, role })

const told = ({ signInUrl, expiresAt }: IssuedLink) => ({ signInUrl, expiresAt: timestamp(expiresAt) })
