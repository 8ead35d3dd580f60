// A new enrolment: a code for one person, good for one token on one device.
import * as z from 'zod/mini'
import { newActivationCode } from '../../protocol/activation-code.ts'
import { type EnrolmentId, newId, type RandomBytes, type TokenId, type UserId } from '../../protocol/ids.ts'
import { isCompatible, type TokenPolicy, timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { LABEL_LENGTH, label as labelText } from '../../protocol/text.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { policyColumns, policyOf } from '../devices/token-policy.ts'
import type { Policies } from '../policy/book.ts'
import { activationLifeUnder, tokenPolicyUnder } from '../policy/enrolling.ts'
import type { Db } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { newServerKeyPair } from './agreement.ts'
import { lookupOf } from './find.ts'
import { type EnrolmentRow, insertEnrolment, privateKeyCell } from './rows.ts'

export type CreateEnrolmentNeeds = {
  store: Store
  clock: Clock
  random: RandomBytes
  sealer: Sealer
  policies: Policies
  appOrigin: string
  organisation: { name: string }
}

export type NewEnrolment = {
  user: UserId
  policy?: Partial<TokenPolicy>
  /** the organisation's name where none is given */
  label?: string
  /** milliseconds; a day where not given */
  expiresInMs?: number
  /** absent: the start of the demonstration, or a device of the person's own */
  by?: Actor
  /** of that device */
  madeBy?: TokenId
}

/** Told once: the store can't give the code back. */
export type CreatedEnrolment = {
  enrolment: EnrolmentId
  activationUrl: string
  code: string
  expiresAt: string
  /** where the policy asks for more than was wished for */
  raised: Wish[]
}

const WISHES = ['unlock', 'approval', 'numberMatching', 'numberDigits'] as const
type Wish = (typeof WISHES)[number]

const DAY_MS = 24 * 60 * 60 * 1000

const details = z.object({
  label: labelText,
  expiresInMs: z.int().check(z.minimum(1000, 'must be at least a second'), z.maximum(366 * DAY_MS, 'is too long')),
})

/** @throws {Problem} invalid, incompatible-policy */
export async function createEnrolment(needs: CreateEnrolmentNeeds, asked: NewEnrolment): Promise<CreatedEnrolment> {
  const prepared = await prepareEnrolment(needs, asked)
  await needs.store.write((tx) => writeEnrolment(tx, prepared, asked.by))
  return prepared.created
}

export type PreparedEnrolment = { row: EnrolmentRow; created: CreatedEnrolment; mayMail: boolean }

/**
 * All but the writing: keys take a moment, and nothing waits inside a transaction.
 * @throws {Problem} invalid, incompatible-policy
 */
export async function prepareEnrolment(needs: CreateEnrolmentNeeds, asked: NewEnrolment): Promise<PreparedEnrolment> {
  const { clock, random, sealer, appOrigin, organisation } = needs
  const { label, expiresInMs } = parseOrRefuse(details, {
    label: asked.label ?? organisation.name.slice(0, LABEL_LENGTH),
    expiresInMs: asked.expiresInMs ?? DAY_MS,
  })
  const held = await needs.policies.of({ user: asked.user })
  const policy = tokenPolicyUnder(held, asked.policy ?? {})
  if (!isCompatible(policy)) throw new Problem('incompatible-policy')
  const code = newActivationCode(random)
  const id = newId('enr', random)
  const keys = await newServerKeyPair()
  const now = clock.now()
  const row: EnrolmentRow = {
    id,
    user_id: asked.user,
    code_lookup: await lookupOf(code),
    ...policyColumns(label, policy),
    server_private_key: sealer.seal(keys.privateKey, privateKeyCell(id)),
    server_key: keys.publicKey,
    created_at: now,
    expires_at: now + activationLifeUnder(held, expiresInMs),
    wrong_passcodes: 0,
    activated_at: null,
    activated_with: null,
    answer: null,
    made_by_token: asked.madeBy ?? null,
  }
  const created = {
    enrolment: id,
    activationUrl: `${appOrigin}/enrol#${code}`,
    code,
    expiresAt: timestamp(row.expires_at),
    raised: WISHES.filter((wish) => asked.policy?.[wish] !== undefined && asked.policy[wish] !== policy[wish]),
  }
  return { row, created, mayMail: held.activationByMail?.value !== false }
}

/** @param more for the audit log */
export async function writeEnrolment(
  tx: Db,
  { row }: PreparedEnrolment,
  by: Actor | undefined,
  more: Record<string, unknown> = {},
): Promise<void> {
  const { id, user_id: user, created_at: at } = row
  await insertEnrolment(tx, row)
  const { label: _label, ...policy } = policyOf(row)
  const detail = { enrolment: id, ...policy, expiresAt: timestamp(row.expires_at), ...more }
  await record(tx, { at, kind: 'enrolment-created', user, detail, ...(by && { by }) })
}
