// Relying parties: their names, keys and, where they sign people in by OpenID Connect, their client.
import * as z from 'zod/mini'
import { crockford128 } from '../../protocol/crockford.ts'
import { base64url } from '../../protocol/encoding.ts'
import { type ApplicationId, newId, type RandomBytes } from '../../protocol/ids.ts'
import { type OidcClientChanges, oidcClientChanges } from '../../protocol/operator-api/oidc-client.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { applicationName, plainText } from '../../protocol/text.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { EndpointRules } from '../push/endpoint.ts'
import { digest } from '../store/digest.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { changedClient, ENTRA_ORIGINS, entraRedirectUri } from './oidc-client.ts'
import { putSites, refuseFaultySites } from './protected-sites.ts'
import { redirectUriFault } from './redirect-uri.ts'
import { type ApplicationRow, insertApiKey, insertApplication } from './rows.ts'

type Needs = { store: Store; clock: Clock; random: RandomBytes; sealer: Sealer; receiverRules?: EndpointRules }

/** Told once, when the application is added. */
export type NewApplication = { id: ApplicationId; apiKey: string; clientId?: string; clientSecret?: string }

export const newApplication = z.object({
  name: applicationName,
  redirectUris: z.array(z.string().check(z.maxLength(2048))),
  protectedSites: z.array(z.string().check(z.maxLength(255))).check(z.maxLength(100)),
})
export const loginText = plainText(1, 280)

export const secretCell = (id: ApplicationId) => ({ table: 'applications', column: 'client_secret', id })

export const newClientSecret = (random: RandomBytes) => `css_${base64url(random(32))}`

/** As it is before anybody changes anything. */
export const PLAIN = {
  version: 1,
  login_text: null,
  icon: null,
  restricted: 0,
  previous_client_secret: null,
  previous_secret_until: null,
  oidc_asked_at: null,
  oidc_used_at: null,
  oidc_settings: '{}',
} as const satisfies Partial<ApplicationRow>

/**
 * With redirect URIs it is an OpenID Connect client too.
 * @param said what the audit log is to say besides
 * @throws {Problem} invalid
 */
export async function addApplication(
  { store, clock, random, sealer, receiverRules }: Needs,
  asked: {
    name: string
    redirectUris?: string[] | undefined
    protectedSites?: string[] | undefined
    client?: OidcClientChanges | undefined
  },
  by?: Actor,
  said: Record<string, unknown> = {},
): Promise<NewApplication> {
  const { client, ...rest } = asked
  // First: the usual redirect URI is one that Microsoft's cloud has.
  const changes = client && parseOrRefuse(oidcClientChanges, client)
  const parsed = parseOrRefuse(newApplication, {
    protectedSites: [],
    ...rest,
    redirectUris: rest.redirectUris ?? usualRedirectUris(changes),
  })
  const { name, redirectUris, protectedSites } = parsed
  refuseFaulty(redirectUris)
  refuseFaultySites(protectedSites)
  const settings = changes && (await changedClient({ receiverRules, isClient: redirectUris.length > 0 }, '{}', changes))
  const id = newId('app', random)
  const apiKey = `csk_${crockford128(random(16))}`
  const credentials = redirectUris.length > 0 ? { clientId: id, clientSecret: newClientSecret(random) } : undefined
  const row: ApplicationRow = {
    id,
    name,
    created_at: clock.now(),
    client_id: credentials?.clientId ?? null,
    client_secret: credentials ? sealer.seal(credentials.clientSecret, secretCell(id)) : null,
    redirect_uris: JSON.stringify(redirectUris),
    ...PLAIN,
    ...(settings !== undefined && { oidc_settings: settings }),
  }
  await store.write(async (tx) => {
    await insertApplication(tx, row)
    if (protectedSites.length > 0) await putSites(tx, id, protectedSites)
    await insertApiKey(tx, digest(apiKey), id, row.created_at)
    const more = { ...(changes && { client: changes }), ...(protectedSites.length > 0 && { protectedSites }) }
    const detail = { name, redirectUris, ...more, ...said }
    await record(tx, { at: row.created_at, kind: 'application-added', application: id, detail, ...(by && { by }) })
  })
  return { id, apiKey, ...credentials }
}

/** Microsoft's are known. */
function usualRedirectUris(changes: OidcClientChanges | undefined): string[] {
  return changes?.entra ? [entraRedirectUri(ENTRA_ORIGINS[changes.entra.cloud])] : []
}

/** undefined for an application that signs nobody in by OpenID Connect */
export function clientSecretOf(sealer: Sealer, row: ApplicationRow): string | undefined {
  return row.client_secret === null ? undefined : sealer.openText(row.client_secret, secretCell(row.id))
}

export function redirectUrisOf(row: ApplicationRow): string[] {
  return JSON.parse(row.redirect_uris) as string[]
}

/** @throws {Problem} invalid */
export function refuseFaulty(uris: string[]): void {
  const faults = uris.flatMap((uri, index) => {
    const fault = redirectUriFault(uri)
    return fault === undefined ? [] : [[`/redirectUris/${index}`, fault]]
  })
  if (faults.length > 0) throw new Problem('invalid', { members: { errors: Object.fromEntries(faults) } })
}
