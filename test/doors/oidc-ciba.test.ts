// A till or a call centre asks somebody without a browser: OpenID Connect CIBA, by poll and by ping.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OidcClientChanges } from '../../protocol/operator-api/oidc-client.ts'
import { addApplication } from '../../server/applications/applications.ts'
import { answerCiba } from '../../server/oidc/ciba-due.ts'
import { setPolicy } from '../../server/policy/stored.ts'
import type { Store } from '../../server/store/store.ts'
import { Arrivals } from '../support/arrivals.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { MEASURES } from '../support/measures.ts'
import { blocksOf } from '../support/page-blocks.ts'
import { run } from '../support/program.ts'
import { CALLBACK, relyingParty } from '../support/relying-party.ts'
import { GENEROUS, limits, startServer, type TestServer } from '../support/server.ts'

const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const
const GRANT = 'urn:openid:params:grant-type:ciba'

describe.each(ENGINES)('CIBA on %s', (engine) => {
  const pings = new Arrivals<{ authorization: string | undefined; body: string }>('ping')
  const till = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    pings.add({ authorization: request.headers.authorization, body: Buffer.concat(chunks).toString() })
    response.writeHead(204).end()
  })
  let server: TestServer
  let tillOrigin: string
  beforeAll(async () => {
    await new Promise<void>((resolve) => till.listen(0, '127.0.0.1', resolve))
    tillOrigin = `http://127.0.0.1:${(till.address() as AddressInfo).port}`
    server = await startServer(engine, { env: { ...GENEROUS, COUNTERSIGN_WEBHOOK_ORIGINS: tillOrigin } })
  })
  afterAll(async () => {
    await server.close()
    till.close()
  })

  async function program(settings: OidcClientChanges = { ciba: 'poll' }) {
    const { parts } = server.running
    const added = await addApplication(parts, { name: 'Till 4', redirectUris: [CALLBACK], client: settings })
    return relyingParty(server, added.clientId ?? '', added.clientSecret ?? '')
  }

  async function person() {
    const username = await server.user()
    return { username, device: await server.device(username) }
  }

  const ask = (config: client.Configuration, username: string, more: Record<string, string> = {}) =>
    client.initiateBackchannelAuthentication(config, { scope: 'openid profile', login_hint: username, ...more })

  async function fetched(config: client.Configuration, id: string) {
    return client.genericGrantRequest(config, GRANT, { auth_req_id: id }).then(
      (tokens) => tokens,
      (error: { error?: string }) => error.error,
    )
  }

  /** As often as the answer says that there is none yet. */
  async function answer(config: client.Configuration, id: string) {
    for (;;) {
      const said = await fetched(config, id)
      if (said !== 'authorization_pending' && said !== 'slow_down') return said
    }
  }

  it('shows the binding message on the device, and tells who approved it and how', async () => {
    const config = await program()
    const { username, device } = await person()
    const asked = await ask(config, username, { binding_message: 'Till 4: 312.40' })
    expect(asked).toMatchObject({ auth_req_id: expect.any(String), expires_in: 120, number: expect.any(String) })
    expect(await fetched(config, asked.auth_req_id)).toBe('authorization_pending')
    await expect.poll(() => fetched(config, asked.auth_req_id)).toBe('slow_down')
    const [shown] = await device.requests()
    if (!shown) throw new Error('the device was asked nothing')
    expect(shown).toMatchObject({ application: { name: 'Till 4' }, context: { message: 'Till 4: 312.40' } })
    // The passcode covers the message: what was approved under another is no approval.
    const otherwise = { ...shown, context: { ...shown.context, message: 'Till 4: 3.40' } }
    expect((await device.decide(otherwise, 'approve', String(asked.number))).status).toBe(403)
    expect((await device.decide(shown, 'approve', String(asked.number))).status).toBe(200)
    const tokens = await answer(config, asked.auth_req_id)
    if (typeof tokens !== 'object') throw new Error(`no tokens: ${tokens}`)
    expect(tokens.claims()).toMatchObject({ amr: ['otp', 'swk'], acr: 'urn:countersign:acr:device' })
    expect(await fetched(config, asked.auth_req_id)).toBe('invalid_grant')
    const { parts } = server.running
    const entries = await parts.store.read
      .selectFrom('audit')
      .select('kind')
      .where('request_id', '=', shown.id as never)
      .orderBy('seq')
      .execute()
    expect(entries.map(({ kind }) => kind)).toEqual(['approved', 'redeemed', 'signed-in'])
  })

  it('is asked, and fetched from, by the curl calls of its page', async () => {
    const [ask = '', fetch = ''] = blocksOf('openid-connect.md', 'sh', {
      'https://login.example.org': server.wire.origin,
    })
    const added = await addApplication(server.running.parts, {
      ...{ name: 'Till 4', redirectUris: [CALLBACK], client: { ciba: 'poll' } },
    })
    const env: Record<string, string> = {
      ...{ CLIENT_ID: added.clientId ?? '', CLIENT_SECRET: added.clientSecret ?? '' },
    }
    const called = async (text: string) => {
      const { output } = await run('sh', ['-euc', text.replace('curl', 'curl -sS')], { env })
      return JSON.parse(output) as Record<string, string>
    }
    const device = await server.device(await server.user('alice'))
    const asked = await called(ask)
    const [shown] = await device.requests()
    expect(shown?.context).toMatchObject({ message: 'Till 4: 312.40' })
    env.AUTH_REQ_ID = asked.auth_req_id ?? ''
    expect(await called(fetch)).toMatchObject({ error: 'authorization_pending' })
    if (shown) await device.decide(shown, 'approve', asked.number)
    await expect.poll(() => called(fetch), { timeout: 10_000 }).toHaveProperty('id_token')
  })

  it('tells of a denial, and pings whoever wants to be told', async () => {
    const config = await program({ ciba: 'ping', cibaNotificationUri: `${tillOrigin}/ping` })
    const { username, device } = await person()
    const token = 'a-token-of-the-till'
    const asked = await ask(config, username, { client_notification_token: token })
    const [shown] = await device.requests()
    if (!shown) throw new Error('the device was asked nothing')
    await device.decide(shown, 'deny')
    const ping = await pings.next()
    expect(ping).toEqual({ authorization: `Bearer ${token}`, body: JSON.stringify({ auth_req_id: asked.auth_req_id }) })
    expect(await fetched(config, asked.auth_req_id)).toBe('access_denied')
  })

  it('brings an approval however far the process came that fell while bringing it, and once', async () => {
    const clock = new ManualClock(Date.now())
    const env = { ...GENEROUS, COUNTERSIGN_WEBHOOK_ORIGINS: tillOrigin }
    await using frail = await startServer(engine, { env, clock })
    const { parts } = frail.running
    const settings = { ciba: 'ping', cibaNotificationUri: `${tillOrigin}/ping` } as const
    const added = await addApplication(parts, { name: 'Till', redirectUris: [CALLBACK], client: settings })
    const config = await relyingParty(frail, added.clientId ?? '', added.clientSecret ?? '')
    // Where it draws: the name of the sign-in, that of the grant, and that of the notice.
    for (const draws of [0, 1, 2]) {
      const username = await frail.user()
      const device = await frail.device(username)
      const asked = await ask(config, username, { client_notification_token: `token-${draws}` })
      const [shown] = await device.requests()
      if (!shown) throw new Error('the device was asked nothing')
      await device.decide(shown, 'approve', String(asked.number))
      let left = draws
      const random = (length: number) => {
        if (left-- === 0) throw new Error('the process ends here')
        return parts.random(length)
      }
      await expect(answerCiba({ ...parts, random })).rejects.toThrow('the process ends here')
      await answerCiba(parts)
      expect(await parts.store.read.selectFrom('ciba_asked').select('request_id').execute()).toHaveLength(1)
      await clock.jump(15_000)
      const waiting = async () => {
        await clock.jump(250)
        const rows = (table: 'ciba_asked' | 'oidc_notices') => parts.store.read.selectFrom(table).selectAll().execute()
        return [...(await rows('ciba_asked')), ...(await rows('oidc_notices'))]
      }
      await expect.poll(waiting).toEqual([])
      expect(JSON.parse((await pings.next()).body)).toEqual({ auth_req_id: asked.auth_req_id })
      const tokens = await answer(config, asked.auth_req_id)
      if (typeof tokens !== 'object') throw new Error(`no tokens: ${tokens}`)
      expect(tokens.claims()).toMatchObject({ amr: ['otp', 'swk'] })
    }
    const signedIn = await parts.store.read.selectFrom('audit').select('seq').where('kind', '=', 'signed-in').execute()
    expect(signedIn).toHaveLength(3)
  })

  /** On a clock that stands, so that nobody brings an answer but the test. */
  async function still() {
    const clock = new ManualClock(Date.now())
    const house = await startServer(engine, { env: GENEROUS, clock })
    const { parts } = house.running
    const settings = { ciba: 'poll' } as const
    const added = await addApplication(parts, { name: 'Till', redirectUris: [CALLBACK], client: settings })
    const config = await relyingParty(house, added.clientId ?? '', added.clientSecret ?? '')
    const approved = async () => {
      const username = await house.user()
      const device = await house.device(username)
      const asked = await ask(config, username)
      const [shown] = await device.requests()
      if (!shown) throw new Error('the device was asked nothing')
      await device.decide(shown, 'approve', String(asked.number))
      return { username, device, id: asked.auth_req_id, request: shown.id }
    }
    const handed = (request: string) =>
      parts.store.read
        .selectFrom('handed_sign_ins')
        .selectAll()
        .where('request_id', '=', request as never)
        .execute()
    return { clock, house, parts, config, approved, handed }
  }

  /** @returns needs of a process to which that happens just before its nth write */
  function interrupted<Needs extends { store: Store }>(
    needs: Needs,
    nth: number,
    happens: () => Promise<unknown>,
  ): Needs {
    const { store } = needs
    let writes = 0
    const write: Store['write'] = async (work) => {
      writes += 1
      if (writes === nth) await happens()
      return store.write(work)
    }
    return { ...needs, store: { ...store, read: store.read, write } }
  }

  /** Whom a device let in, neither a password concerns nor what was typed. */
  const ofTyped = new Set(['another password', 'a report of it'])
  it('hands nothing out once a measure was taken, however far it had come', async () => {
    const { house, parts, config, approved, handed } = await still()
    for (const [name, take] of MEASURES.filter(([name]) => !ofTyped.has(name)))
      for (const nth of [2, 3]) {
        const { id, request, ...against } = await approved()
        let isTaken = false
        const measure = async () => {
          isTaken = true
          await take(house, against)
        }
        await answerCiba(interrupted(parts, nth, measure))
        if (!isTaken) await measure()
        expect(await fetched(config, id), `${name}, before write ${nth}`).not.toBeTypeOf('object')
        expect(await handed(request), `${name}, before write ${nth}`).toEqual([])
      }
    await house.close()
  })

  it('hands one sign-in out where a process stood still until another had answered', async () => {
    const { house, parts, clock, config, approved, handed } = await still()
    for (const nth of [1, 2, 3]) {
      const { id, request } = await approved()
      const meanwhile = async () => {
        await clock.jump(15_000)
        await answerCiba(parts)
      }
      await answerCiba(interrupted(parts, nth, meanwhile))
      await clock.jump(15_000)
      await answerCiba(parts)
      expect(await answer(config, id)).toMatchObject({ access_token: expect.any(String) })
      expect(await handed(request)).toHaveLength(1)
    }
    await house.close()
  })

  it('is fetched once, also where a process that stood still brings the answer again', async () => {
    const config = await program()
    const { username, device } = await person()
    const { auth_req_id: id, number } = await ask(config, username)
    const [shown] = await device.requests()
    if (!shown) throw new Error('the device was asked nothing')
    const { BackchannelAuthenticationRequest } = await server.running.parts.provider()
    const late = await BackchannelAuthenticationRequest.find(id)
    await device.decide(shown, 'approve', String(number))
    expect(await answer(config, id)).toMatchObject({ access_token: expect.any(String) })
    if (!late) throw new Error('nothing was asked')
    const { grantId } = (await BackchannelAuthenticationRequest.find(id)) ?? {}
    await Object.assign(late, { grantId }).save()
    expect(await fetched(config, id)).toBe('invalid_grant')
  })

  it('waits for as long as the policy gives the person', async () => {
    const config = await program()
    const { username, device } = await person()
    const { parts } = server.running
    const { id } = await parts.store.read
      .selectFrom('applications')
      .select('id')
      .where('client_id', '=', config.clientMetadata().client_id)
      .executeTakeFirstOrThrow()
    await setPolicy(parts, { scope: id, policy: { requestLifetime: 150, moreTime: 2 }, version: 0 }, BY)
    const asked = await ask(config, username)
    expect(asked.expires_in).toBe(360)
    const [shown] = await device.requests()
    if (!shown) throw new Error('the device was asked nothing')
    await device.decide(shown, 'deny')
    expect(await answer(config, asked.auth_req_id)).toBe('access_denied')
  })

  it('ends when nobody answers in the time that was asked for', async () => {
    const config = await program()
    const { username, device } = await person()
    const asked = await ask(config, username, { requested_expiry: '1' })
    expect(asked.expires_in).toBe(1)
    expect(await answer(config, asked.auth_req_id)).toBe('expired_token')
    const { parts } = server.running
    await expect.poll(async () => (await device.requests()).length, { timeout: 10_000 }).toBe(0)
    expect(await parts.store.read.selectFrom('ciba_asked').selectAll().execute()).toEqual([])
  })

  it('knows nobody who is not there, has no device, or may not sign in there', async () => {
    const config = await program()
    const error = async (asked: Promise<unknown>) =>
      asked.then(
        () => 'asked',
        (refused: { error?: string }) => refused.error,
      )
    expect(await error(ask(config, 'nobody'))).toBe('unknown_user_id')
    expect(await error(ask(config, await server.user()))).toBe('unknown_user_id')
    const { username } = await person()
    expect(await error(ask(config, username, { binding_message: 'a\u202eb' }))).toBe('invalid_binding_message')
    expect(await error(ask(config, username, { binding_message: 'x'.repeat(201) }))).toBe('invalid_binding_message')
    const plain = await program({})
    expect(await error(ask(plain, username))).toBe('invalid_request')
  })

  it('is limited as every question is', async () => {
    const few = limits({ requestsPerUser: { count: 1 } })
    await using strict = await startServer(engine, { env: few })
    const added = await addApplication(strict.running.parts, {
      name: 'Till',
      redirectUris: [CALLBACK],
      client: { ciba: 'poll' },
    })
    const config = await relyingParty(strict, added.clientId ?? '', added.clientSecret ?? '')
    const username = await strict.user()
    await strict.device(username)
    await ask(config, username)
    await expect(ask(config, username)).rejects.toMatchObject({ error: 'access_denied', status: 403 })
  })
})
