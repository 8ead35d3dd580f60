// Microsoft Entra ID asks this server for the second factor: the external authentication method, by a stand-in that
// holds to Microsoft's documentation.
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { addApplication } from '../../server/applications/applications.ts'
import { suspendUser } from '../../server/directory/suspension.ts'
import { addUser } from '../../server/directory/users.ts'
import { purgeEntraVisits } from '../../server/oidc/entra/visits.ts'
import { rotateSigningKeys } from '../../server/oidc/keys.ts'
import { Browsing } from '../support/browsing.ts'
import { ENGINES } from '../support/engines.ts'
import { claimsOf, entraHouse } from '../support/entra-house.ts'
import { formOf } from '../support/entra-stand-in.ts'
import { MEASURES } from '../support/measures.ts'
import { oddName } from '../support/odd-name.ts'
import { confirm, LoginPage } from '../support/relying-party.ts'

const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const
const MINUTE = 60_000
const OID = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'

describe.each(ENGINES)('the external authentication method of Microsoft Entra ID on %s', (engine) => {
  const house = entraHouse(engine)
  const { person, post, answered, refusal } = house

  it('is taken by Entra after an approval, with nothing asked but the device', async () => {
    const who = await person()
    const asked = house.entra.question(house.clientId, await house.entra.hint(claimsOf(who)))
    const { browser, location } = await post(asked)
    const login = new LoginPage(house.server.wire.origin, new URL(location, house.server.wire.origin).href, browser)
    expect(await login.state()).toMatchObject({ step: 'confirm', username: who.preferred_username })
    await confirm(login, who.device, 'approve')
    const view = await login.state()
    const { response } = await browser.visit(view.continueTo ?? '')
    const form = formOf(await response.text(), response.headers.get('content-security-policy'))
    const known = await house.entra.discover(house.discoveryUrl)
    expect(await house.entra.fault(form, asked, known, who.sub)).toBeUndefined()
    expect(decodeJwt(form.fields.id_token ?? '').amr).toEqual(['swk'])
    // Whoever has such questions posted from an office uses up nothing of its passwords.
    const hits = await house.server.store.read.selectFrom('hits').select('bucket').execute()
    expect(hits.filter(({ bucket }) => bucket.startsWith('sign-in:'))).toEqual([])
    // Once.
    expect((await browser.visit(view.continueTo ?? '')).response.status).toBe(409)
    const entry = await house.server.store.read
      .selectFrom('audit')
      .select('detail')
      .where('kind', '=', 'signed-in')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()
    expect(JSON.parse(entry.detail).amr).toEqual(['otp', 'swk'])
  })

  it('is taken after a passcode, and not after a denial, nor where the person does not answer, or leaves', async () => {
    const who = await person()
    const known = await house.entra.discover(house.discoveryUrl)
    const question = async () => house.entra.question(house.clientId, await house.entra.hint(claimsOf(who)))
    const typed = await question()
    const passcode = who.device.passcode(who.device.token, Date.now() + 30_000)
    const byPasscode = await answered(typed, who.device, { passcode })
    expect(await house.entra.fault(byPasscode, typed, known, who.sub)).toBeUndefined()
    for (const doing of ['deny', 'wait', 'leave'] as const) {
      const asked = await question()
      const answer = await answered(asked, who.device, doing)
      expect(await house.entra.fault(answer, asked, known, who.sub)).toBe('no id_token: access_denied')
    }
  })

  it.each(MEASURES)('is told nothing of a sign-in that ended before the browser went on: %s', async (_name, take) => {
    const { device, ...who } = await person()
    const username = who.preferred_username
    const { browser, location } = await post(
      house.entra.question(house.clientId, await house.entra.hint(claimsOf(who))),
    )
    const login = new LoginPage(house.server.wire.origin, new URL(location, house.server.wire.origin).href, browser)
    await confirm(login, device, { passcode: device.passcode(device.token, Date.now() + 30_000) })
    const { continueTo = '' } = await login.state()
    await take(house.server, { username, device })
    const { response } = await browser.visit(continueTo)
    expect([response.status, await response.text()]).toEqual([409, expect.not.stringContaining('id_token')])
  })

  it('is told nothing of a sign-in that is gone, nor at the address of another application', async () => {
    const { device, ...who } = await person()
    const { browser, location } = await post(
      house.entra.question(house.clientId, await house.entra.hint(claimsOf(who))),
    )
    const login = new LoginPage(house.server.wire.origin, new URL(location, house.server.wire.origin).href, browser)
    await confirm(login, device, { passcode: device.passcode(device.token, Date.now() + 30_000) })
    const { continueTo = '' } = await login.state()
    const { tenant, application } = house.entra
    const client = { entra: { tenant, application, cloud: 'global' as const } }
    const { clientId: other = '' } = await addApplication(house.server.running.parts, { name: 'Another', client })
    const elsewhere = await browser.visit(continueTo.replace(house.clientId, other))
    expect(elsewhere.response.status).toBe(409)
    const uid = location.split('/').at(-1) ?? ''
    await house.server.store.write((tx) => tx.deleteFrom('sign_ins').where('interaction', '=', uid).execute())
    const { response } = await browser.visit(continueTo)
    expect([response.status, await response.text()]).toEqual([409, expect.not.stringContaining('id_token')])
  })

  it('finds nobody who is suspended here', async () => {
    const who = await person()
    const { id } = await house.server.store.read
      .selectFrom('users')
      .select('id')
      .where('username', '=', who.preferred_username)
      .executeTakeFirstOrThrow()
    await suspendUser(house.server.running.parts, id, BY)
    const { fields } = await refusal(house.entra.question(house.clientId, await house.entra.hint(claimsOf(who))))
    expect(fields).toMatchObject({ error: 'access_denied', error_description: 'nobody here is that person' })
  })

  it('finds people by their object id first, and by their user name else', async () => {
    const who = await person()
    await house.server.store.write((tx) =>
      tx.updateTable('users').set({ external_id: 'the-oid' }).where('username', '=', who.preferred_username).execute(),
    )
    const renamed = { ...claimsOf(who), oid: 'the-oid', preferred_username: 'was.alice@harbour.example' }
    expect((await post(house.entra.question(house.clientId, await house.entra.hint(renamed)))).location).toMatch(
      /^\/login\/ent-/,
    )
    const odd = await person(`${oddName()}@harbour.example`)
    const spelt = { ...claimsOf(odd), preferred_username: odd.preferred_username.normalize('NFD') }
    const [question, known] = [
      house.entra.question(house.clientId, await house.entra.hint(spelt)),
      await house.entra.discover(house.discoveryUrl),
    ]
    const passcode = odd.device.passcode(odd.device.token, Date.now() + 30_000)
    expect(
      await house.entra.fault(await answered(question, odd.device, { passcode }), question, known, odd.sub),
    ).toBeUndefined()
    const nobody = house.entra.question(house.clientId, await house.entra.hint({ ...renamed, oid: 'another' }))
    expect((await refusal(nobody)).fields).toMatchObject({ error: 'access_denied', state: nobody.state })
  })

  it('takes nobody by their user name who is another object of the tenant', async () => {
    const who = await person()
    const known = async (external_id: string) => {
      const changed = house.server.store.write((tx) =>
        tx.updateTable('users').set({ external_id }).where('username', '=', who.preferred_username).execute(),
      )
      await changed
      return post(house.entra.question(house.clientId, await house.entra.hint({ ...claimsOf(who), oid: OID })))
    }
    expect(formOf(await (await known(OID.replace('3', '4'))).response.text()).fields.error).toBe('access_denied')
    for (const theirs of [OID.toUpperCase(), 'employee 12'])
      expect((await known(theirs)).location).toMatch(/^\/login\/ent-/)
  })

  it('takes new keys of Microsoft as they come, and does not ask for them at every invention', async () => {
    const who = await person()
    await house.entra.rotate()
    expect(
      (await post(house.entra.question(house.clientId, await house.entra.hint(claimsOf(who))))).response.status,
    ).toBe(303)
    const before = house.entra.fetched
    for (const kid of ['one', 'two', 'three'])
      expect(
        (await refusal(house.entra.question(house.clientId, await house.entra.hint(claimsOf(who), {}, { kid })))).fields
          .error,
      ).toBe('invalid_request')
    expect(house.entra.fetched - before).toBeLessThanOrEqual(1)
  })

  it('believes no hint that is not Microsoft’s, of this tenant, for us, and of just now', async () => {
    const who = await person()
    const old = Math.floor(Date.now() / 1000) - 3600
    const secret = new TextEncoder().encode(JSON.stringify(house.entra.keys[0]?.publicJwk))
    const hmac = await new SignJWT({
      ...claimsOf(who),
      iss: house.entra.issuer,
      aud: house.clientId,
      tid: house.entra.tenant,
    })
      .setProtectedHeader({ alg: 'HS256', kid: house.entra.keys[0]?.kid ?? '' })
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(secret)
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await house.entra.hint(claimsOf(who))).split('.')[1]}.`
    const hints = [
      await house.entra.hint(claimsOf(who), { tid: '14c2f153-90a7-4689-9db7-9543bf084dad' }),
      await house.entra.hint(claimsOf(who), { iss: `${house.entra.origin}/14c2f153-90a7-4689-9db7-9543bf084dad/v2.0` }),
      await house.entra.hint(claimsOf(who), { aud: 'somebody-else' }),
      await house.entra.hint(claimsOf(who), { iat: old, exp: old }),
      await house.entra.hint(claimsOf(who), { iat: old + 7200, nbf: old + 7200, exp: old + 7200 }),
      await house.entra.hint(claimsOf(who), { nbf: old + 7200 }),
      // As if it would still be good: what counts is when it was made.
      await house.entra.hint(claimsOf(who), { iat: old, exp: old + 7200 }),
      await house.entra.hint(claimsOf(who), { iat: old + 7200 }),
      ...(await Promise.all(
        ['sub', 'oid', 'tid', 'iat', 'exp', 'iss', 'aud'].map((claim) =>
          house.entra.hint(claimsOf(who), { [claim]: undefined }),
        ),
      )),
      `${await house.entra.hint(claimsOf(who))}x`,
      hmac,
      none,
    ]
    for (const hint of hints) {
      const { status, action, fields } = await refusal(house.entra.question(house.clientId, hint))
      expect([status, action, fields.error, fields.id_token]).toEqual([
        200,
        house.entra.redirectUri,
        'invalid_request',
        undefined,
      ])
    }
  })

  it('answers to nobody but Microsoft, and only to its implicit profile', async () => {
    const who = await person()
    const question = async (changes: Record<string, string>) =>
      refusal(house.entra.question(house.clientId, await house.entra.hint(claimsOf(who)), changes))
    const wrong: Record<string, string>[] = [
      { redirect_uri: 'https://evil.example/' },
      { redirect_uri: `${house.entra.redirectUri}/../../evil` },
      { client_id: 'another' },
      { response_type: 'code' },
      { response_type: 'token' },
      { response_mode: 'query' },
      { scope: 'profile' },
      { nonce: '' },
    ]
    for (const changes of wrong) expect(await question(changes)).toMatchObject({ status: 400, action: '' })
    const { authorizationEndpoint } = await house.entra.discover(house.discoveryUrl)
    const headers = { 'content-type': 'multipart/form-data; boundary=x', origin: house.entra.origin }
    const broken = await fetch(authorizationEndpoint, { method: 'POST', headers, body: '--x' })
    expect([broken.status, await broken.text()]).toEqual([400, expect.stringContaining('the request is no form')])
    const acr = (values: string[]) => JSON.stringify({ id_token: { acr: { values } } })
    expect((await question({ claims: acr(['inherence']) })).fields.error).toBe('access_denied')
    expect(await question({ claims: acr(['possession']) })).toMatchObject({ status: 303 })
    const code = `${house.server.wire.origin}/oidc/auth?client_id=${house.clientId}&response_type=code&redirect_uri=${house.entra.redirectUri}`
    expect((await new Browsing().fetch(code)).status).toBe(400)
  })

  it('answers with state and nonce as they were sent, and without where none came; what else came is ignored', async () => {
    const who = await person()
    const known = await house.entra.discover(house.discoveryUrl)
    const passcode = { passcode: who.device.passcode(who.device.token, Date.now() + 30_000) }
    const more = { login_hint: 'mallory', prompt: 'none', max_age: '0', response_type: 'Id_token' }
    const asked = house.entra.question(house.clientId, await house.entra.hint(claimsOf(who)), {
      state: undefined,
      nonce: undefined,
      ...more,
    })
    const answer = await answered(asked, who.device, passcode)
    expect(await house.entra.fault(answer, asked, known, who.sub)).toBeUndefined()
    expect(Object.keys(answer.fields)).toEqual(['id_token'])
    expect((await refusal(asked)).fields.error).toBe('access_denied')
    const body = (twice: string) => `${new URLSearchParams(asked)}&${twice}`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const posted = (twice: string) =>
      fetch(known.authorizationEndpoint, { method: 'POST', headers, redirect: 'manual', body: body(twice) })
    expect((await posted('prompt=login')).status).toBe(200)
    expect((await posted('scope=openid')).status).toBe(400)
  })

  it('signs what Entra checks by keys that it looked up before new ones came', async () => {
    const who = await person()
    const cached = await house.entra.discover(house.discoveryUrl)
    await rotateSigningKeys(house.server.running.parts, { atOnce: false }, BY)
    await house.server.running.parts.refreshKeys()
    expect((await house.entra.discover(house.discoveryUrl)).keys).toHaveLength(cached.keys.length + 1)
    const asked = house.entra.question(house.clientId, await house.entra.hint(claimsOf(who)))
    const answer = await answered(asked, who.device, 'approve')
    expect(await house.entra.fault(answer, asked, cached, who.sub)).toBeUndefined()
    expect(cached.keys.map(({ kid }) => kid)).toContain(decodeProtectedHeader(answer.fields.id_token ?? '').kid)
  })

  it('tells Entra to come back where the fault is of the moment', async () => {
    const who = await person()
    const passing = async (id: string, changes: Record<string, unknown> = {}) => {
      const { fields } = await refusal(house.entra.question(id, await house.entra.hint(claimsOf(who), changes)), id)
      return fields.error
    }
    const { silentTenant, application } = house.entra
    const client = { entra: { tenant: silentTenant, application, cloud: 'global' as const } }
    const { clientId: silent = '' } = await addApplication(house.server.running.parts, {
      name: 'Another tenant',
      client,
    })
    const iss = `${house.entra.origin}/${silentTenant}/v2.0`
    expect(await passing(silent, { tid: silentTenant, iss })).toBe('temporarily_unavailable')
    const bucket = 'entra:127.0.0.1'
    const hits = Array.from({ length: 300 }, () => ({ bucket, at: house.server.now() }))
    await house.server.store.write((tx) => tx.insertInto('hits').values(hits).execute())
    expect(await passing(house.clientId)).toBe('temporarily_unavailable')
    await house.server.store.write((tx) => tx.deleteFrom('hits').where('bucket', '=', bucket).execute())
    expect(await passing(house.clientId, { sub: undefined })).toBe('invalid_request')
    const gone = Object.assign(new Error('the store is gone'), { code: 'ECONNREFUSED' })
    const refusing = vi.spyOn(house.server.running.parts.blocks, 'refuse').mockRejectedValueOnce(gone)
    expect(await passing(house.clientId)).toBe('temporarily_unavailable')
    refusing.mockRestore()
    const kept = await house.server.store.read
      .selectFrom('audit')
      .select('detail')
      .where('kind', '=', 'sign-in-failed')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()
    expect(JSON.parse(kept.detail).microsoft).toBe('72826bb4-abb7-4221-b253-100f530b4b0a')
  })

  it('writes what is forged into the audit log once a minute, with how often', async () => {
    const who = await person()
    const kept = async () => {
      const rows = await house.server.store.read
        .selectFrom('audit')
        .select('detail')
        .where('kind', '=', 'sign-in-failed')
        .orderBy('seq')
        .execute()
      return rows.map(({ detail }) => JSON.parse(detail)).filter(({ because }) => because.includes('too old'))
    }
    // Of its own: of others as much may have been forged within the last minute.
    const { tenant, application } = house.entra
    const client = { entra: { tenant, application, cloud: 'global' as const } }
    const { clientId: own = '' } = await addApplication(house.server.running.parts, { name: 'Forged', client })
    const forge = async () => {
      const hint = await house.entra.hint(claimsOf(who), { iat: 1 })
      expect((await refusal(house.entra.question(own, hint), own)).fields.error).toBe('invalid_request')
    }
    const before = await kept()
    for (let n = 0; n < 5; n++) await forge()
    const { clock } = house.server.running.parts
    const later = vi.spyOn(clock, 'now').mockReturnValue(clock.now() + MINUTE)
    await forge()
    later.mockRestore()
    expect((await kept()).slice(before.length).map(({ times }) => times)).toEqual([1, 5])
  })

  it('is over after five minutes, as it is for Entra, and its question can’t be sent again', async () => {
    const who = await person()
    const before = house.server.now()
    const asked = house.entra.question(house.clientId, await house.entra.hint(claimsOf(who)))
    const { location } = await post(asked)
    const visits = () =>
      house.server.store.read
        .selectFrom('entra_visits')
        .select('expires_at')
        .where('id', '=', location.split('/').at(-1) ?? '')
        .executeTakeFirst()
    const { expires_at: end } = (await visits()) ?? { expires_at: 0 }
    expect(end - before).toBeGreaterThanOrEqual(5 * MINUTE)
    expect(end - house.server.now()).toBeLessThanOrEqual(5 * MINUTE)
    // Until the hint itself, which may be of a clock that goes before, is too old.
    await purgeEntraVisits(house.server.store, end + 5 * MINUTE)
    expect(await visits()).toBeDefined()
    await purgeEntraVisits(house.server.store, end + 5 * MINUTE + 1)
    expect(await visits()).toBeUndefined()
  })

  it('asks a question once, of one person, in the browser that brought it', async () => {
    const who = await person()
    const asked = house.entra.question(house.clientId, await house.entra.hint(claimsOf(who)))
    const { browser, location } = await post(asked)
    expect((await refusal(asked)).fields.error).toBe('access_denied')
    const page = new URL(location, house.server.wire.origin).href
    const stranger = new LoginPage(house.server.wire.origin, page, new Browsing())
    expect(await stranger.state()).toMatchObject({ type: 'urn:countersign:problem:no-sign-in' })
    await addUser(house.server.running.parts, { username: 'mallory', password: 'correct horse battery' })
    const login = new LoginPage(house.server.wire.origin, page, browser)
    const switched = await login.post('password', { username: 'mallory', password: 'correct horse battery' })
    expect(switched.status).toBe(409)
  })

  it('holds to who may sign in, as every door does', async () => {
    const who = await person()
    const { parts } = house.server.running
    await parts.store.write((tx) =>
      tx
        .updateTable('applications')
        .set({ restricted: 1 })
        .where('id', '=', house.clientId as never)
        .execute(),
    )
    const { fields } = await refusal(house.entra.question(house.clientId, await house.entra.hint(claimsOf(who))))
    expect(fields).toMatchObject({ error: 'access_denied', error_description: 'not-permitted-here' })
    await parts.store.write((tx) => tx.updateTable('applications').set({ restricted: 0 }).execute())
  })
})
