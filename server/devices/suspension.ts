// What an operator does about a token that is to approve nothing for a while.
import type { TokenId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { Store } from '../store/store.ts'
import { finishMove } from './moves.ts'
import { deviceName, markTokenState, type TokenRow, tokenRow } from './rows.ts'

type Needs = TellNeeds & { store: Store }
type By = { actor: Actor; reason: string }

/** A suspended token approves nothing and its codes are wrong, until it is resumed. @throws {Problem} unknown-token */
export async function suspendToken(needs: Needs, id: TokenId, by: By) {
  await setTokenState(needs, id, { from: 'active', to: 'suspended', kind: 'token-suspended' }, by)
}

/** @throws {Problem} unknown-token */
export async function resumeToken(needs: Needs, id: TokenId, by: By) {
  await setTokenState(needs, id, { from: 'suspended', to: 'active', kind: 'token-resumed' }, by)
}

type StateChange = {
  from: TokenRow['state']
  to: TokenRow['state']
  kind: 'token-suspended' | 'token-resumed'
}

/** What is so already stays so. */
async function setTokenState(
  needs: Needs,
  id: TokenId,
  { from, to, kind }: StateChange,
  { actor, reason }: By,
): Promise<void> {
  const { store, clock } = needs
  await store.write(async (tx, announce) => {
    const row = await tokenRow(tx, id)
    if (!row || row.state === 'revoked') throw new Problem('unknown-token')
    if (!(await markTokenState(tx, id, from, to))) return
    const { user_id: user, device_id: device } = row
    const detail = { token: id, reason }
    await record(tx, { at: clock.now(), kind, user, device, by: actor, detail })
    const about = { id: device, name: await deviceName(tx, device) }
    await tell(tx, { ...needs, announce }, { user, kind, device: about, token: id })
    announce(`device:${device}`)
    announce(`user:${user}`)
    if (to === 'active') await finishMove(tx, { ...needs, announce }, id)
  })
}
