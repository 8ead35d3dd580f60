// Where a person wants to be written to about their account, besides the address that the organisation has. Attack
// stopped: a slip of the finger, or an intruder, that has a stranger read what happens here: an address counts when a
// code that went there was typed.
import * as z from 'zod/mini'
import { asMeant, CROCKFORD } from '../../protocol/crockford.ts'
import type { UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { record } from '../audit/record.ts'
import { mailAddress } from '../mail/address.ts'
import { enqueueMail } from '../mail/enqueue.ts'
import { mailMoment } from '../mail/moment.ts'
import { addressesOf } from '../notices/mail.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import { digest } from '../store/digest.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { takeHit } from '../throttling/hits.ts'

type Needs = TellNeeds & { store: Store }

const asked = z.object({ addresses: z.array(mailAddress) })
const CODE_LENGTH = 8
const CODE_LIVES_MS = 24 * 60 * 60 * 1000
/** Attack stopped: somebody who has this server write to strangers. */
const CODES_RATE = { count: 10, seconds: 3600 }
/** Of 2^40 codes. */
const TRIES_RATE = { count: 20, seconds: 3600 }

const hashOf = (user: UserId, address: string, code: string) => digest(`${user}:${address}:${code}`)

export async function ownAddresses(db: Db, user: UserId): Promise<{ address: string; confirmed: boolean }[]> {
  const rows = await db
    .selectFrom('notice_addresses')
    .select(['address', 'confirmed_at'])
    .where('user_id', '=', user)
    .orderBy('place')
    .execute()
  return rows.map(({ address, confirmed_at }) => ({ address, confirmed: confirmed_at !== null }))
}

/**
 * New ones get a code. The former ones are told too: whoever changes them does not do it unseen.
 * @param change.held first in the transaction: refuses whoever may do so no more
 * @throws {Problem} invalid, too-many-requests
 */
export async function changeAddresses(
  needs: Needs,
  user: UserId,
  { typed, held }: { typed: readonly string[]; held: (tx: Db) => Promise<void> },
): Promise<void> {
  const { store, clock } = needs
  const addresses = [...new Set(parseOrRefuse(asked, { addresses: typed }).addresses)]
  const formerly = await addressesOf(store.read, user)
  const known = await ownAddresses(store.read, user)
  const fresh = addresses.filter((one) => !known.some(({ address }) => address === one))
  for (const _one of fresh) await countCode(needs, user)
  const at = clock.now()
  await store.write(async (tx, announce) => {
    await held(tx)
    const kept = await tx.deleteFrom('notice_addresses').where('user_id', '=', user).returningAll().execute()
    const rows = addresses.map((address, place) => {
      const before = kept.find((row) => row.address === address)
      const unconfirmed = { confirmed_at: null, code_hash: null, code_until: null }
      return { ...unconfirmed, created_at: at, ...before, user_id: user, place, address }
    })
    if (rows.length > 0) await tx.insertInto('notice_addresses').values(rows).execute()
    for (const address of fresh) await sendCode(tx, needs, user, address)
    await record(tx, { at, kind: 'notice-addresses-changed', user, detail: { count: rows.length } })
    await tell(tx, { ...needs, announce }, { user, kind: 'addresses-changed', formerly })
  })
}

/** A new code in the place of the one before. @throws {Problem} invalid: there is nothing to confirm; too-many-requests */
export async function sendCodeAgain(needs: Needs, user: UserId, address: string): Promise<void> {
  await countCode(needs, user)
  const isSent = await needs.store.write((tx) => sendCode(tx, needs, user, address))
  if (!isSent)
    throw new Problem('invalid', { members: { errors: { '/address': 'must be one that is not confirmed' } } })
}

/**
 * @param typed.held first in the transaction: refuses whoever may do so no more
 * @throws {Problem} invalid: wrong, used or expired; too-many-requests
 */
export async function confirmAddress(
  { store, clock }: Needs,
  user: UserId,
  { address, code, held }: { address: string; code: string; held: (tx: Db) => Promise<void> },
): Promise<void> {
  const now = clock.now()
  await takeHit(store, { bucket: `address-tries:${user}`, rate: TRIES_RATE, now })
  await store.write(async (tx) => {
    await held(tx)
    const confirmed = await tx
      .updateTable('notice_addresses')
      .set({ confirmed_at: now, code_hash: null, code_until: null })
      .where('user_id', '=', user)
      .where('address', '=', address)
      .where('code_hash', '=', hashOf(user, address, asMeant(code)))
      .where('code_until', '>', now)
      .executeTakeFirstOrThrow()
    if (confirmed.numUpdatedRows !== 1n)
      throw new Problem('invalid', { members: { errors: { '/code': 'is wrong, was used, or has expired' } } })
    await record(tx, { at: now, kind: 'notice-address-confirmed', user })
  })
}

function countCode({ store, clock }: Needs, user: UserId): Promise<void> {
  return takeHit(store, { bucket: `address-codes:${user}`, rate: CODES_RATE, now: clock.now() })
}

/** @returns false where there is no such address of theirs that waits */
async function sendCode(tx: Db, needs: Needs, user: UserId, address: string): Promise<boolean> {
  const code = Array.from(needs.random(CODE_LENGTH), (byte) => CROCKFORD[byte & 31]).join('')
  const until = needs.clock.now() + CODE_LIVES_MS
  const waiting = await tx
    .updateTable('notice_addresses')
    .set({ code_hash: hashOf(user, address, code), code_until: until })
    .where('user_id', '=', user)
    .where('address', '=', address)
    .where('confirmed_at', 'is', null)
    .executeTakeFirstOrThrow()
  if (waiting.numUpdatedRows !== 1n) return false
  const { username, display_name: name } = await tx
    .selectFrom('users')
    .select(['username', 'display_name'])
    .where('id', '=', user)
    .executeTakeFirstOrThrow()
  const values = { name, username, code: code.replace(/.{4}(?=.)/g, '$&-'), until: mailMoment(until) }
  await enqueueMail(tx, needs, { to: address, template: 'address-code', values, user, until })
  return true
}
