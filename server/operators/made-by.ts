// What an operator made that lets somebody in and was not used yet. It ends with their passkeys. Attack stopped: whoever
// has an operator's passkey makes themselves a way back, for the day on which it is taken from them.
import type { ApiTokenId, OperatorId } from '../../protocol/ids.ts'
import type { Db } from '../store/schema.ts'
import { deleteTokensOf } from './api-token-rows.ts'
import { withdrawInvitationsBy } from './invitation-rows.ts'

/**
 * API tokens; links for operators, and registration tokens, made by themselves or with one of those.
 * @returns how many, of which there are any, for the audit log
 */
export async function endMadeBy(tx: Db, operator: OperatorId): Promise<Record<string, number>> {
  const apiTokens = await deleteTokensOf(tx, operator)
  const ways = await endWaysIn(tx, [operator, ...apiTokens])
  return { ...(apiTokens.length > 0 && { endedApiTokens: apiTokens.length }), ...ways }
}

/** Links for operators, and registration tokens, that these made and nobody used. @returns how many, as above */
export async function endWaysIn(tx: Db, makers: readonly (OperatorId | ApiTokenId)[]): Promise<Record<string, number>> {
  const ended = {
    endedInvitations: await withdrawInvitationsBy(tx, makers),
    endedRegistrationTokens: await endRegistrationTokens(tx, makers),
  }
  return Object.fromEntries(Object.entries(ended).filter(([, count]) => count > 0))
}

async function endRegistrationTokens(tx: Db, makers: readonly string[]): Promise<number> {
  const ended = await tx
    .deleteFrom('registration_tokens')
    .where('used_at', 'is', null)
    .where((e) => e.or(makers.map((id) => e('made_by', 'like', `%"id":"${id}"%`))))
    .executeTakeFirstOrThrow()
  return Number(ended.numDeletedRows)
}
