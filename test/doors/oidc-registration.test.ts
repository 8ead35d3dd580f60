// A program registers itself at the OpenID door, by a token that an operator made.
import { exportJWK, generateKeyPair } from 'jose'
import * as client from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ApplicationId } from '../../protocol/ids.ts'
import { USUAL_OIDC_CLIENT } from '../../protocol/operator-api/oidc-client.ts'
import { oidcClientOf } from '../../server/applications/oidc-client.ts'
import { applicationByClientId } from '../../server/applications/rows.ts'
import { CALLBACK } from '../support/relying-party.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { operatorOf, programOf, type WireProgram } from '../support/wire-operator.ts'

const INSIDE = 'https://harbour.internal'
let server: TestServer
let token: string
const made = async (by: { call: WireProgram['call'] }) =>
  (await by.call<{ token: string }>('POST', '/oidc/registration-tokens', {})).body.token
beforeAll(async () => {
  server = await startServer('sqlite', { env: { COUNTERSIGN_WEBHOOK_ORIGINS: INSIDE } })
  token = await made(await programOf(server, 'administrator'))
})
afterAll(() => server.close())

const register = (metadata: Record<string, unknown>, initialAccessToken?: string) =>
  client.dynamicClientRegistration(
    new URL(`${server.wire.origin}/oidc`),
    { client_name: 'Harbour', redirect_uris: [CALLBACK], ...metadata },
    undefined,
    { execute: [client.allowInsecureRequests], ...(initialAccessToken && { initialAccessToken }) },
  )

it('lets it in once, after what was wrong is mended, and nobody without the token', async () => {
  await expect(register({})).rejects.toMatchObject({ error: 'invalid_token' })
  await expect(register({}, 'crt_guessed')).rejects.toMatchObject({ error: 'invalid_token' })
  const evil = register({ redirect_uris: ['http://harbour.example/callback'] }, token)
  await expect(evil).rejects.toMatchObject({ error: 'invalid_redirect_uri' })
  const inside = register({ backchannel_logout_uri: 'https://10.0.0.1/logout' }, token)
  await expect(inside).rejects.toMatchObject({ error: 'invalid_client_metadata' })
  const implicit = register({ response_types: ['id_token'] }, token)
  await expect(implicit).rejects.toMatchObject({ error: 'invalid_client_metadata' })
  const config = await register({ grant_types: ['authorization_code', 'refresh_token'] }, token)
  expect(config.clientMetadata()).toMatchObject({
    client_id: expect.stringMatching(/^app_/),
    client_secret: expect.any(String),
  })
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
  })
  const answer = await fetch(url, { redirect: 'manual' })
  expect(answer.headers.get('location')).toContain('/login/')
  await expect(register({}, token)).rejects.toMatchObject({ error: 'invalid_token' })
  const entries = await server.store.read
    .selectFrom('audit')
    .select('detail')
    .where('kind', 'in', ['registration-token-made', 'application-added'])
    .orderBy('seq')
    .execute()
  const [made, added] = entries.map(({ detail }) => JSON.parse(detail))
  expect(added).toMatchObject({ act: 'oidc.make-registration-token', by: made.by, token: made.token })
  expect(made.by).toMatchObject({ kind: 'api-token', role: 'administrator' })
})

it('keeps all that it said of itself', async () => {
  const kept = async (metadata: Record<string, unknown>) => {
    const config = await register(metadata, await made(await programOf(server, 'administrator')))
    const found = await applicationByClientId(server.store.read, config.clientMetadata().client_id as ApplicationId)
    return found && oidcClientOf(found)
  }
  const { publicKey } = await generateKeyPair('ES256')
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'one' }] }
  const ciba = 'urn:openid:params:grant-type:ciba'
  expect(
    await kept({
      grant_types: ['authorization_code', 'refresh_token', ciba],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks,
      post_logout_redirect_uris: ['https://harbour.example/bye'],
      backchannel_logout_uri: `${INSIDE}/logout`,
      backchannel_token_delivery_mode: 'ping',
      backchannel_client_notification_endpoint: `${INSIDE}/ping`,
      require_pushed_authorization_requests: true,
      dpop_bound_access_tokens: true,
    }),
  ).toEqual({
    ...USUAL_OIDC_CLIENT,
    authentication: 'private-key',
    jwks,
    refreshTokens: true,
    requirePar: true,
    requireDpop: true,
    postLogoutRedirectUris: ['https://harbour.example/bye'],
    backchannelLogoutUri: `${INSIDE}/logout`,
    ciba: 'ping',
    cibaNotificationUri: `${INSIDE}/ping`,
  })
  const other = { grant_types: ['authorization_code', ciba], jwks_uri: `${INSIDE}/keys` }
  expect(await kept({ ...other, token_endpoint_auth_method: 'private_key_jwt' })).toEqual({
    ...USUAL_OIDC_CLIENT,
    authentication: 'private-key',
    jwksUri: `${INSIDE}/keys`,
    ciba: 'poll',
  })
  expect(await kept({})).toEqual(USUAL_OIDC_CLIENT)
})

it('lets nothing in by a token of somebody who may make none any more', async () => {
  const owner = await operatorOf(server)
  await owner.confirm()
  for (const change of ['removed', 'help desk', 'revoked'] as const) {
    const program = await programOf(server, 'administrator')
    const administrator = await operatorOf(server, 'administrator')
    await administrator.confirm()
    const theirs = await made(change === 'revoked' ? program : administrator)
    expect(theirs).toMatch(/^crt_/)
    await server.store.write(async (tx) => {
      if (change === 'revoked') return tx.deleteFrom('api_tokens').execute()
      const changes =
        change === 'removed' ? { removed_at: server.now(), name_key: null } : { role: 'help-desk' as const }
      return tx.updateTable('operators').set(changes).where('id', '=', administrator.id).execute()
    })
    await expect(register({}, theirs)).rejects.toMatchObject({ error: 'invalid_token' })
  }
})
