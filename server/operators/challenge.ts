// What a passkey is asked to sign. Nothing is stored until it is answered, so that a stranger who asks for a million
// challenges fills nothing: it is sealed with its purpose, its operator and its end, and good once.
import { base64url, fromBase64url, utf8 } from '../../protocol/encoding.ts'
import type { OperatorId } from '../../protocol/ids.ts'
import type { Clock } from '../clock.ts'
import { digest } from '../store/digest.ts'
import type { Db } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'

export type Purpose = {
  kind: 'sign-in' | 'confirm' | 'add-passkey' | 'invitation'
  /** null where nobody knows yet who signs in */
  operator: OperatorId | null
}

export const CHALLENGE_MS = 5 * 60 * 1000

const placeOf = ({ kind, operator }: Purpose) => ({ table: 'operator_challenges', column: kind, id: operator ?? '' })

/** @returns base64url */
export function newChallenge({ sealer, clock }: { sealer: Sealer; clock: Clock }, purpose: Purpose): string {
  return base64url(utf8(sealer.seal(String(clock.now() + CHALLENGE_MS), placeOf(purpose))))
}

/** @returns when it ends; undefined where it is over, made up, or made for something else */
export function challengeEnd(
  { sealer, clock }: { sealer: Sealer; clock: Clock },
  challenge: string,
  purpose: Purpose,
): number | undefined {
  try {
    const sealed = new TextDecoder().decode(fromBase64url(challenge))
    const end = Number(sealer.openText(sealed, placeOf(purpose)))
    return end > clock.now() ? end : undefined
  } catch {
    // The seal says so by throwing, whatever is wrong with it.
    return undefined
  }
}

/** @returns false where it was answered before */
export async function spendChallenge(tx: Db, challenge: string, end: number): Promise<boolean> {
  const result = await tx
    .insertInto('operator_challenges')
    .values({ hash: digest(challenge), expires_at: end })
    .onConflict((c) => c.column('hash').doNothing())
    .executeTakeFirstOrThrow()
  return result.numInsertedOrUpdatedRows === 1n
}
