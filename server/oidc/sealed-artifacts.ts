// What oidc-provider keeps, as it stands in the store: ids hashed, payloads sealed. Apart from the library itself, which
// is loaded only where somebody asks by OpenID Connect.
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Clock } from '../clock.ts'
import { digest } from '../store/digest.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import type { ArtifactRow } from './artifact-rows.ts'

export type AdapterNeeds = { store: Store; clock: Clock; sealer: Sealer }

/** The provider's session ends with the call that it is made in (`withoutSessionCookie`): nobody could ask for it. */
export const FORGETFUL: Adapter = {
  upsert: async () => {},
  find: async () => undefined,
  findByUid: async () => undefined,
  findByUserCode: async () => undefined,
  consume: async () => {},
  destroy: async () => {},
  revokeByGrantId: async () => {},
}

const hashed = (value: string | undefined) => (value === undefined ? null : digest(value))
const cell = (kind: string, id: string) => ({ table: 'oidc_artifacts', column: 'payload', id: `${kind}:${id}` })

/** As it stands in the store. @param expiresIn seconds */
export function rowOf(
  { clock, sealer }: AdapterNeeds,
  {
    kind,
    id,
    payload,
    expiresIn,
  }: { kind: string; id: string; payload: AdapterPayload; expiresIn?: number | undefined },
): ArtifactRow {
  return {
    kind,
    id: digest(id),
    payload: sealer.seal(JSON.stringify(payload), cell(kind, digest(id))),
    grant_id: hashed(payload.grantId),
    account_id: hashed(payload.accountId),
    consumed_at: null,
    expires_at: expiresIn === undefined ? null : clock.now() + expiresIn * 1000,
  }
}

export function opened({ sealer }: Pick<AdapterNeeds, 'sealer'>, row: ArtifactRow): AdapterPayload {
  const payload = JSON.parse(sealer.openText(row.payload, cell(row.kind, row.id))) as AdapterPayload
  return row.consumed_at === null ? payload : { ...payload, consumed: Math.floor(row.consumed_at / 1000) }
}

/** @returns the row that saving it would write, for a transaction of our own */
export async function unsaved(needs: AdapterNeeds, artifact: Saved): Promise<ArtifactRow> {
  let row: ArtifactRow | undefined
  const upsert: Adapter['upsert'] = async (id, payload, expiresIn) => {
    row = rowOf(needs, { kind: artifact.kind, id, payload, expiresIn })
  }
  // The library asks each artefact for its adapter.
  Object.defineProperty(artifact, 'adapter', { value: { ...FORGETFUL, upsert }, configurable: true })
  await artifact.save()
  if (!row) throw new Error(`a ${artifact.kind} that is not kept`)
  return row
}

type Saved = { kind: string; save(seconds?: number): Promise<unknown> }
