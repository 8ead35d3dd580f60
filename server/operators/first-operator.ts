// An installation that nobody runs yet: each start prints a link for its first owner, until somebody has used one or
// has invited somebody else.
import type { Db } from '../store/schema.ts'
import { type IssuedLink, issueLink } from './link.ts'
import { newOperator, type OperatorNeeds } from './operators.ts'
import { passkeysOf } from './passkey-rows.ts'
import { allOperators, insertOperator, type OperatorRow, operatorByName } from './rows.ts'

const NAME = 'Owner'
const BY_START = 'start'

/** Undefined where there is an operator. Links of other processes that start with this one stay good. */
export async function firstLink(needs: OperatorNeeds): Promise<IssuedLink | undefined> {
  const { store } = needs
  const operators = await allOperators(store.read)
  if (operators.length > 0 && !(await isWaited(store.read, operators))) return undefined
  return store.write(async (tx) => {
    await insertOperator(tx, newOperator(needs, { name: NAME, role: 'owner' }, BY_START))
    const owner = await operatorByName(tx, NAME)
    return owner?.invited_by === BY_START ? issueLink(tx, needs, { operator: owner.id, by: null }) : undefined
  })
}

/** Only the one that a start made, and nobody has become them yet. */
async function isWaited(db: Db, [only, ...others]: OperatorRow[]): Promise<boolean> {
  if (!only || only.invited_by !== BY_START || others.length > 0) return false
  return (await passkeysOf(db, only.id)).length === 0
}
