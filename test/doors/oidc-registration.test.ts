// A program registers itself at the OpenID door, by a token that an operator made.
import * as client from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CALLBACK } from '../support/relying-party.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { operatorOf, programOf, type WireProgram } from '../support/wire-operator.ts'

let server: TestServer
let token: string
const made = async (by: { call: WireProgram['call'] }) =>
  (await by.call<{ token: string }>('POST', '/oidc/registration-tokens', {})).body.token
beforeAll(async () => {
  server = await startServer('sqlite')
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
