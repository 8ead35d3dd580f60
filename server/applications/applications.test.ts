import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { newSealer, random } from '../../test/support/enrolled.ts'
import { digest } from '../store/digest.ts'
import type { Store } from '../store/store.ts'
import { applicationKeys } from './api-keys.ts'
import { addApplication, clientSecretOf, redirectUrisOf } from './applications.ts'
import { applicationByClientId, insertApiKey } from './rows.ts'

const lookup = async () => []

describe.each(ENGINES)('applications on %s', (engine) => {
  const clock = new ManualClock()
  const sealer = newSealer()
  let store: Store
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())

  const add = (name: string, redirectUris?: string[]) =>
    addApplication({ store, clock, random, sealer }, { name, ...(redirectUris ? { redirectUris } : {}) })

  const keys = () => {
    const { application } = applicationKeys({ store, clock })
    return (key: string, from = '192.0.2.7') => application(key, from)
  }

  it('are found by their key alone', async () => {
    const harbour = await add('Harbour')
    const vpn = await add('VPN')
    const byKey = keys()
    expect(harbour.apiKey).toMatch(/^csk_[0-9a-hjkmnp-tv-z]{26}$/)
    expect(harbour).not.toHaveProperty('clientId')
    expect(await byKey(harbour.apiKey)).toMatchObject({ id: harbour.id, name: 'Harbour' })
    expect(await byKey(vpn.apiKey)).toMatchObject({ id: vpn.id })
    for (const guess of ['', 'csk_', harbour.apiKey.toUpperCase(), `${harbour.apiKey} `, harbour.id])
      expect(await byKey(guess)).toBeUndefined()
  })

  it('of Microsoft’s are in one of its clouds', async () => {
    const id = '00000000-0000-0000-0000-000000000000'
    const entra = (cloud: string) => ({ entra: { tenant: id, application: id, cloud: cloud as 'global' } })
    const needs = {
      store,
      clock,
      random,
      sealer,
      receiverRules: { allowedOrigins: [], isProxied: () => false, lookup },
    }
    const added = await addApplication(needs, { name: 'Microsoft 365', client: entra('china') })
    expect(added.clientId).toBe(added.id)
    expect(added.clientSecret).toMatch(/^css_/)
    // Whoever else answers at an address is told who signs in: these three are Microsoft's, to the letter.
    const sentTo: unknown[] = []
    for (const cloud of ['global', 'us-government', 'china']) {
      const { id: of } = await addApplication(needs, { name: 'Microsoft 365', client: entra(cloud) })
      const row = await applicationByClientId(store.read, of)
      sentTo.push(...(row ? redirectUrisOf(row) : []))
    }
    expect(sentTo).toEqual([
      'https://login.microsoftonline.com/common/federation/externalauthprovider',
      'https://login.microsoftonline.us/common/federation/externalauthprovider',
      'https://login.partner.microsoftonline.cn/common/federation/externalauthprovider',
    ])
    await expect(addApplication(needs, { name: 'Microsoft 365', client: entra('mars') })).rejects.toMatchObject({
      slug: 'invalid',
      members: { errors: { '/entra/cloud': expect.any(String) } },
    })
  })

  it('may have two keys at once, so that one can be replaced', async () => {
    const { id, apiKey } = await add('Rotating')
    await store.write((tx) => insertApiKey(tx, digest('csk_second'), id, clock.now()))
    const byKey = keys()
    for (const key of [apiKey, 'csk_second']) expect(await byKey(key)).toMatchObject({ id })
  })

  it('lose a removed key within seconds, though keys are remembered for a moment', async () => {
    const { id, apiKey } = await add('Removed')
    const byKey = keys()
    expect(await byKey(apiKey)).toMatchObject({ id })
    await store.write((tx) => tx.deleteFrom('api_keys').where('application_id', '=', id).execute())
    expect(await byKey(apiKey)).toMatchObject({ id })
    await clock.advance(2000)
    expect(await byKey(apiKey)).toBeUndefined()
  })

  it('lose a removed key though the clock was set back since it was last looked up', async () => {
    const { id, apiKey } = await add('Removed before')
    const byKey = keys()
    expect(await byKey(apiKey)).toMatchObject({ id })
    await store.write((tx) => tx.deleteFrom('api_keys').where('application_id', '=', id).execute())
    await clock.jump(-3_600_000)
    expect(await byKey(apiKey)).toBeUndefined()
  })

  it('are let in from where somebody guesses keys, and only so many guesses are looked up', async () => {
    const [harbour, vpn] = [await add('Harbour'), await add('VPN')]
    const byKey = keys()
    await byKey(harbour.apiKey)
    await clock.jump(1990)
    const guess = (n: number) => byKey(`csk_${n}`).then(String, (refused) => refused)
    for (let n = 0; n < 300; n++) expect(await guess(n)).toBe('undefined')
    const answers = Promise.all(Array.from({ length: 300 }, (_, n) => guess(300 + n)))
    // In no line, for it was right before, though it is looked up anew.
    await clock.jump(10)
    expect(await byKey(harbour.apiKey)).toMatchObject({ id: harbour.id })
    const refused = (await answers).filter((answer) => answer !== 'undefined')
    expect(refused).toHaveLength(300 - 256)
    expect(refused[0]).toMatchObject({ slug: 'unavailable', headers: { 'Retry-After': '1' } })
    const beside = [guess(600), guess(601), byKey(vpn.apiKey), guess(602)]
    expect(await Promise.all(beside)).toMatchObject(['undefined', 'undefined', { id: vpn.id }, 'undefined'])
  })

  it('use up nothing of what one address may guess', async () => {
    const { id } = await add('Harbour')
    const byKey = keys()
    for (let n = 0; n < 299; n++) await byKey(`csk_${n}`)
    for (let n = 0; n < 20; n++) {
      // Another each time: one that was right just now is not looked up.
      await store.write((tx) => insertApiKey(tx, digest(`csk_right_${n}`), id, clock.now()))
      expect(await byKey(`csk_right_${n}`)).toMatchObject({ id })
    }
    const last = Array.from({ length: 258 }, (_, n) => byKey(`csk_more_${n}`).catch(() => 'refused'))
    expect((await Promise.all(last)).filter((answer) => answer === 'refused')).toHaveLength(1)
  })

  it('with a redirect URI are OpenID Connect clients', async () => {
    const uris = ['https://harbour.example/callback', 'http://localhost:4000/callback']
    const { id, clientId, clientSecret } = await add('Harbour', uris)
    const row = await applicationByClientId(store.read, clientId ?? '')
    if (!row) throw new Error('no such client')
    expect(row.id).toBe(id)
    expect(clientSecretOf(sealer, row)).toBe(clientSecret)
    expect(redirectUrisOf(row)).toEqual(uris)
    expect(clientSecret?.length).toBeGreaterThan(43)
  })

  it('are refused with a bad name or redirect URI, each named by its place', async () => {
    await expect(add('')).rejects.toMatchObject({
      slug: 'invalid',
      members: { errors: { '/name': expect.any(String) } },
    })
    await expect(add('Bad', ['https://ok.example/', 'http://bad.example/'])).rejects.toMatchObject({
      slug: 'invalid',
      members: { errors: { '/redirectUris/1': 'must be https, or http on this machine itself' } },
    })
    expect(await store.read.selectFrom('applications').selectAll().where('name', '=', 'Bad').execute()).toEqual([])
  })

  it('leave no key and no secret readable in the store', async () => {
    const { id, apiKey, clientSecret } = await add('Secretive', ['https://harbour.example/'])
    const stored = JSON.stringify([
      await store.read.selectFrom('applications').selectAll().execute(),
      await store.read.selectFrom('api_keys').selectAll().execute(),
      await store.read.selectFrom('audit').selectAll().where('application_id', '=', id).execute(),
    ])
    for (const secret of [apiKey, apiKey.slice(4), clientSecret ?? '']) expect(stored).not.toContain(secret)
    expect(stored).toContain(id)
  })
})
