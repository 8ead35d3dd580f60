// The client secret of OpenID Connect, replaced without an interruption: the former one is good for a while.
import type { ApplicationId, RandomBytes } from '../../protocol/ids.ts'
import { timeOrNull } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { raise } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import { sameText } from '../store/digest.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { clientSecretOf, newClientSecret, secretCell } from './applications.ts'
import { knownApplication } from './changes.ts'
import { applicationByClientId, updateApplication } from './rows.ts'

type Needs = { store: Store; clock: Clock; sealer: Sealer }
const HOUR = 3_600_000

const formerCell = (id: ApplicationId) => ({ table: 'applications', column: 'previous_client_secret', id })

/**
 * @param keepHours how long the former secret works beside the new one
 * @throws {Problem} unknown-application, not-a-client, changed-meanwhile
 */
export async function rotateClientSecret(
  { store, clock, sealer, random }: Needs & { random: RandomBytes },
  { id, keepHours }: { id: ApplicationId; keepHours: number },
  by: Actor,
): Promise<{ clientSecret: string; previousUntil: number | null }> {
  const row = await knownApplication(store.read, id)
  const former = clientSecretOf(sealer, row)
  if (former === undefined) throw new Problem('not-a-client')
  const now = clock.now()
  const clientSecret = newClientSecret(random)
  const previousUntil = keepHours === 0 ? null : now + keepHours * HOUR
  const changes = {
    client_secret: sealer.seal(clientSecret, secretCell(id)),
    previous_client_secret: previousUntil === null ? null : sealer.seal(former, formerCell(id)),
    previous_secret_until: previousUntil,
  }
  await store.write(async (tx) => {
    if (!(await updateApplication(tx, row, changes))) throw new Problem('changed-meanwhile')
    await raise(tx, {
      at: now,
      kind: 'client-secret-rotated',
      application: id,
      by,
      detail: { previousUntil: timeOrNull(previousUntil) },
    })
  })
  return { clientSecret, previousUntil }
}

/** Whether it is the secret that was replaced a while ago. */
export async function isFormerSecret(
  { store, clock, sealer }: Needs,
  clientId: string,
  given: string,
): Promise<boolean> {
  const row = await applicationByClientId(store.read, clientId)
  if (!row || row.previous_client_secret === null || (row.previous_secret_until ?? 0) <= clock.now()) return false
  return sameText(sealer.openText(row.previous_client_secret, formerCell(row.id)), given)
}
