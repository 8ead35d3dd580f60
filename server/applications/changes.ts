// What an operator changes about an application: its name and redirect URIs, its keys, and that it goes.
import * as z from 'zod/mini'
import { crockford128 } from '../../protocol/crockford.ts'
import { type ApplicationId, type GroupId, groupId, type RandomBytes } from '../../protocol/ids.ts'
import { MOST_API_KEYS } from '../../protocol/operator-api/applications.ts'
import type { OidcClientChanges } from '../../protocol/operator-api/oidc-client.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import type { Actor } from '../audit/actor.ts'
import { raise, record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { EndpointRules } from '../push/endpoint.ts'
import { digest } from '../store/digest.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { loginText, newApplication, refuseFaulty } from './applications.ts'
import { dropUnusedIcon, iconOf, putIcon } from './icon.ts'
import { changedClient } from './oidc-client.ts'
import { putSites, refuseFaultySites } from './protected-sites.ts'
import {
  type ApiKeyRow,
  type ApplicationRow,
  apiKeysOf,
  applicationById,
  deleteApiKey,
  deleteApplication,
  insertApiKey,
  touchApplication,
  updateApplication,
} from './rows.ts'
import { putGroups } from './who-may.ts'

type Needs = { store: Store; clock: Clock }
/** null takes it away; no groups at all (null) opens the application to everybody, an empty list to nobody */
type Edit = {
  id: ApplicationId
  version: number
  name?: string | undefined
  redirectUris?: string[] | undefined
  client?: OidcClientChanges | undefined
  protectedSites?: string[] | undefined
  loginText?: string | null | undefined
  icon?: string | null | undefined
  groups?: GroupId[] | null | undefined
}

const edits = z.extend(z.partial(newApplication), {
  loginText: z.optional(z.nullable(loginText)),
  icon: z.optional(z.nullable(z.string())),
  groups: z.optional(z.nullable(z.array(groupId).check(z.maxLength(100)))),
})

export const apiKeyIdOf = ({ hash }: Pick<ApiKeyRow, 'hash'>) => hash.slice(0, 16)

/** @throws {Problem} unknown-application */
export async function knownApplication(db: Db, id: ApplicationId): Promise<ApplicationRow> {
  const row = await applicationById(db, id)
  if (!row) throw new Problem('unknown-application')
  return row
}

/**
 * What asks already keeps the name that it asked by.
 * @throws {Problem} unknown-application, invalid, changed-meanwhile
 */
export async function editApplication(
  { store, clock, receiverRules }: Needs & { receiverRules: EndpointRules },
  { id, version, client, ...asked }: Edit,
  by: Actor,
) {
  const { name, redirectUris, protectedSites, loginText: text, icon: picture, groups } = parseOrRefuse(edits, asked)
  const seen = await knownApplication(store.read, id)
  if (redirectUris) {
    refuseUnfit(seen, redirectUris)
    refuseFaulty(redirectUris)
  }
  const isClient = seen.client_id !== null
  const settings = client && (await changedClient({ receiverRules, isClient }, seen.oidc_settings, client))
  if (protectedSites) refuseFaultySites(protectedSites)
  const icon = typeof picture === 'string' ? iconOf(picture) : undefined
  const changes = {
    ...(name !== undefined && { name }),
    ...(redirectUris && { redirect_uris: JSON.stringify(redirectUris) }),
    ...(settings !== undefined && { oidc_settings: settings }),
    ...(text !== undefined && { login_text: text }),
    ...(picture !== undefined && { icon: icon?.hash ?? null }),
    ...(groups !== undefined && { restricted: groups === null ? 0 : 1 }),
  }
  const shown = icon?.hash ?? picture
  const detail = { name, redirectUris, protectedSites, client, loginText: text, groups, icon: shown }
  await store.write(async (tx) => {
    if (!(await updateApplication(tx, { id, version }, changes))) throw new Problem('changed-meanwhile')
    if (groups !== undefined) await putGroups(tx, id, groups ?? [])
    if (protectedSites) await putSites(tx, id, protectedSites)
    if (icon) await putIcon(tx, icon)
    if (picture !== undefined) await dropUnusedIcon(tx, seen.icon)
    await record(tx, { at: clock.now(), kind: 'application-changed', application: id, by, detail })
  })
}

/** A client without a way back would be none, and a way back without a client leads nowhere. */
function refuseUnfit({ client_id }: ApplicationRow, redirectUris: string[]): void {
  const fault =
    client_id === null
      ? redirectUris.length > 0 && 'must be empty: this application is not an OpenID Connect client'
      : redirectUris.length === 0 && 'must have at least one: this application is an OpenID Connect client'
  if (fault) throw new Problem('invalid', { members: { errors: { '/redirectUris': fault } } })
}

/**
 * Its keys and its client secret are refused from now on; what people did there stays in the log.
 * @throws {Problem} unknown-application
 */
export async function removeApplication({ store, clock }: Needs, id: ApplicationId, by: Actor): Promise<void> {
  await store.write(async (tx, announce) => {
    if (!(await touchApplication(tx, id))) throw new Problem('unknown-application')
    announce('radius-clients')
    const { name, icon } = await knownApplication(tx, id)
    await deleteApplication(tx, id)
    await dropUnusedIcon(tx, icon)
    await record(tx, { at: clock.now(), kind: 'application-removed', application: id, by, detail: { name } })
  })
}

/** @throws {Problem} unknown-application, too-many-api-keys */
export async function makeApiKey(
  { store, clock, random }: Needs & { random: RandomBytes },
  id: ApplicationId,
  by: Actor,
): Promise<{ apiKey: string; id: string }> {
  const apiKey = `csk_${crockford128(random(16))}`
  const hash = digest(apiKey)
  const key = apiKeyIdOf({ hash })
  await store.write(async (tx) => {
    if (!(await touchApplication(tx, id))) throw new Problem('unknown-application')
    if ((await apiKeysOf(tx, id)).length >= MOST_API_KEYS) throw new Problem('too-many-api-keys')
    await insertApiKey(tx, hash, id, clock.now())
    await raise(tx, { at: clock.now(), kind: 'api-key-created', application: id, by, detail: { apiKey: key } })
  })
  return { apiKey, id: key }
}

/** Works no longer than it is remembered: two seconds. @throws {Problem} unknown-application, unknown-api-key */
export async function revokeApiKey(
  { store, clock }: Needs,
  { id, key }: { id: ApplicationId; key: string },
  by: Actor,
): Promise<void> {
  await store.write(async (tx) => {
    if (!(await touchApplication(tx, id))) throw new Problem('unknown-application')
    const found = (await apiKeysOf(tx, id)).find((row) => apiKeyIdOf(row) === key)
    if (!found) throw new Problem('unknown-api-key')
    await deleteApiKey(tx, found.hash)
    await record(tx, { at: clock.now(), kind: 'api-key-revoked', application: id, by, detail: { apiKey: key } })
  })
}
