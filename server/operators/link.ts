// A one-time link that makes somebody's first passkey. It is stored as its hash, and stands behind `#`, so that no
// proxy and no log sees it.
import { crockford128 } from '../../protocol/crockford.ts'
import type { OperatorId, RandomBytes } from '../../protocol/ids.ts'
import type { Clock } from '../clock.ts'
import { digest } from '../store/digest.ts'
import type { Db } from '../store/schema.ts'
import { insertInvitation } from './invitation-rows.ts'

export const LINK_HOURS = 24

export type LinkNeeds = { clock: Clock; random: RandomBytes; publicOrigin: string }
export type IssuedLink = { signInUrl: string; expiresAt: number }

export async function issueLink(
  tx: Db,
  { clock, random, publicOrigin }: LinkNeeds,
  { operator, by }: { operator: OperatorId; by: string | null },
): Promise<IssuedLink> {
  const code = crockford128(random(16))
  const now = clock.now()
  const expiresAt = now + LINK_HOURS * 3_600_000
  await insertInvitation(tx, {
    hash: digest(code),
    operator_id: operator,
    made_by: by,
    created_at: now,
    expires_at: expiresAt,
    used_at: null,
  })
  return { signInUrl: `${publicOrigin}/console/invitation#${code}`, expiresAt }
}
