// Who of ours somebody of a Microsoft tenant is.
import { isPlainText } from '../../../protocol/text.ts'
import { findUser, type UserRow, userByExternalId } from '../../directory/rows.ts'
import type { Db } from '../../store/schema.ts'
import type { EntraPerson } from './hint.ts'

/** As Entra's own provisioning gives them. */
const OBJECT_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/**
 * By the object id, which a directory that provisions people gives, or else by the user name. Attack stopped: a guest of
 * the tenant who is called as somebody here, and has their device asked.
 */
export async function userMeant(db: Db, { oid, name }: EntraPerson): Promise<UserRow | undefined> {
  const named = async () => {
    const found = name && isPlainText(name) ? await findUser(db, name) : undefined
    const theirs = found?.external_id ?? ''
    return OBJECT_ID.test(theirs) && theirs.toLowerCase() !== oid.toLowerCase() ? undefined : found
  }
  const user = (isPlainText(oid) ? await userByExternalId(db, oid) : undefined) ?? (await named())
  return user && user.state === 'active' ? user : undefined
}
