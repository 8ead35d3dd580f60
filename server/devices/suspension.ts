// What an operator does about a token that is to approve nothing for a while.
import type { DeviceId, TokenId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import { withdrawOwnLinks } from '../handed-out/links.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { SettleNeeds } from '../requests/settle.ts'
import { withdrawApprovals } from '../requests/withdraw.ts'
import type { Db } from '../store/schema.ts'
import type { Announce } from '../store/store.ts'
import { deviceName, renameDevice } from './device-rows.ts'
import { finishMove } from './moves.ts'
import { nameFreed } from './name-apart.ts'
import { holdersOf, markTokenState, type TokenRow, tokenRow } from './token-rows.ts'

type Needs = TellNeeds & SettleNeeds
type By = { actor: Actor; reason: string }

/**
 * A suspended token approves nothing and its codes are wrong, until it is resumed. What it approved before lets nobody in
 * any more, unless they are in already. @throws {Problem} unknown-token
 */
export async function suspendToken(needs: Needs, id: TokenId, by: By): Promise<void> {
  const { user_id: user } = await known(needs.store.read, id)
  const change = { from: 'active', to: 'suspended', kind: 'token-suspended' } as const
  await withdrawApprovals(needs, { user, token: id }, async (tx, announce) => {
    await setTokenState(tx, { ...needs, announce }, id, change, by)
  })
}

/** @throws {Problem} unknown-token */
export async function resumeToken(needs: Needs, id: TokenId, by: By): Promise<void> {
  await needs.store.write(async (tx, announce) => {
    const told = { ...needs, announce }
    const change = { from: 'suspended', to: 'active', kind: 'token-resumed' } as const
    if (!(await setTokenState(tx, told, id, change, by))) return
    const gone = await finishMove(tx, told, id)
    if (gone) await takeName(tx, await known(tx, id), gone)
  })
}

/** One that several people use keeps its name. */
async function takeName(tx: Db, { device_id: id, user_id: user }: TokenRow, gone: DeviceId): Promise<void> {
  if ((await holdersOf(tx, id)).some((holder) => holder !== user)) return
  const seen = { id, name: await deviceName(tx, id) }
  await renameDevice(tx, { id, name: await nameFreed(tx, user, seen, await deviceName(tx, gone)) })
}

async function known(db: Db, id: TokenId): Promise<TokenRow> {
  const row = await tokenRow(db, id)
  if (!row || row.state === 'revoked') throw new Problem('unknown-token')
  return row
}

type StateChange = {
  from: TokenRow['state']
  to: TokenRow['state']
  kind: 'token-suspended' | 'token-resumed'
}

/** @returns false where it is so already */
async function setTokenState(
  tx: Db,
  needs: TellNeeds & { announce: Announce },
  id: TokenId,
  { from, to, kind }: StateChange,
  { actor, reason }: By,
): Promise<boolean> {
  const { user_id: user, device_id: device } = await known(tx, id)
  if (!(await markTokenState(tx, id, from, to))) return false
  const at = needs.clock.now()
  const detail = { token: id, reason }
  if (to === 'suspended') await withdrawOwnLinks(tx, { user, at, by: id })
  await record(tx, { at, kind, user, device, by: actor, detail })
  await tell(tx, needs, { user, kind, device: { id: device, name: await deviceName(tx, device) }, token: id })
  needs.announce(`device:${device}`)
  needs.announce(`user:${user}`)
  return true
}
