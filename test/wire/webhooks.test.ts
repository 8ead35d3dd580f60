// Webhooks against a real receiver: what happened arrives, signed, at least once, and whatever happens in between.
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type {
  AddedWebhook,
  DeliveryList,
  RotatedWebhookSecret,
  TestedWebhook,
  WebhookView,
} from '../../protocol/operator-api/webhooks.ts'
import { LOOK_EVERY_MS } from '../../server/webhooks/courier.ts'
import { newDelivery } from '../../server/webhooks/fan-out.ts'
import { giveUpOverdue, insertDeliveries } from '../../server/webhooks/rows.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { freePort } from '../support/free-port.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { verifies, WebhookReceiver } from '../support/webhook-receiver.ts'
import { said } from '../support/wire-call.ts'
import { programOf, type WireProgram } from '../support/wire-operator.ts'

const MINUTE = 60_000

describe.each(ENGINES)('webhooks on %s', (engine) => {
  const clock = new ManualClock()
  let server: TestServer
  let admin: WireProgram
  let receiver: WebhookReceiver
  let port: number
  beforeAll(async () => {
    port = await freePort()
    server = await startServer(engine, {
      clock,
      lookup: async () => ['10.0.0.7'],
      env: { COUNTERSIGN_WEBHOOK_ORIGINS: `http://127.0.0.1:${port}` },
    })
    admin = await programOf(server, 'administrator')
  })
  afterAll(() => server.close())
  beforeEach(async () => {
    receiver = await WebhookReceiver.start(port)
  })
  afterEach(async () => {
    const { body } = await admin.call<{ webhooks: WebhookView[] }>('GET', '/webhooks')
    for (const { id } of body.webhooks) await admin.call('DELETE', `/webhooks/${id}`)
    await receiver[Symbol.asyncDispose]()
  })

  const url = () => `${receiver.origin}/hook`
  const add = async (more: object = {}) =>
    (await admin.call<AddedWebhook>('POST', '/webhooks', { name: 'SIEM', url: url(), ...more })).body
  const show = async (id: string) => (await admin.call<WebhookView>('GET', `/webhooks/${id}`)).body
  const edit = async (id: string, body: object) =>
    admin.call('PATCH', `/webhooks/${id}`, body, { 'if-match': `"${(await show(id)).version}"` })
  const deliveries = async (id: string, query = '') =>
    (await admin.call<DeliveryList>('GET', `/webhooks/${id}/deliveries${query}`)).body
  /** A security event: a key is made. */
  const happen = async () => {
    const { id } = await server.application()
    await admin.call('POST', `/applications/${id}/keys`)
    return id
  }
  /** A look further, and all that it led to: the courier waits again. */
  const look = async () => {
    await clock.advance(LOOK_EVERY_MS)
    await clock.whenWaitingFor(LOOK_EVERY_MS)
  }
  const until = async (isSo: () => Promise<boolean>) => {
    for (let looks = 0; looks < 1000; looks++) {
      if (await isSo()) return
      await look()
    }
    throw new Error('it did not come to be')
  }

  it('tell what happened, by an id of its own, in a way that the library of Standard Webhooks verifies', async () => {
    const { webhook, secret } = await add()
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const application = await happen()
    await until(async () => receiver.events.all.some(({ type }) => type === 'api-key-created'))
    const event = await receiver.events.next(({ type }) => type === 'api-key-created')
    expect(event).toMatchObject({ id: expect.stringMatching(/^evt_/), data: { application, user: null } })
    const sent = Number(event.headers['webhook-timestamp']) * 1000
    expect(verifies(event, secret, sent)).toBe(true)
    expect(verifies({ ...event, body: `${event.body} ` }, secret, sent)).toBe(false)
    expect(verifies(event, secret, sent + 6 * MINUTE)).toBe(false)
    const stored = JSON.stringify(await server.store.read.selectFrom('webhooks').selectAll().execute())
    expect(stored).not.toContain(secret.slice(6))
    expect((await admin.call('GET', '/webhooks')).text).not.toContain('whsec_')
    await until(async () => (await deliveries(webhook.id, '?state=delivered')).deliveries.length >= 2)
    const known = (await deliveries(webhook.id)).deliveries
    expect(known).toContainEqual(
      expect.objectContaining({ kind: 'api-key-created', state: 'delivered', status: 204, event: event.id }),
    )
  })

  it('that ask for no kinds are told what everybody reads on the sign-in page', async () => {
    await add()
    await admin.call('PUT', '/sign-in-notice', { text: 'Deny what you did not start.', hours: 2 })
    await until(async () => receiver.events.all.some(({ type }) => type === 'sign-in-notice-written'))
    const { data } = await receiver.events.next(({ type }) => type === 'sign-in-notice-written')
    expect(data).toMatchObject({ detail: { text: 'Deny what you did not start.', by: { role: 'administrator' } } })
  })

  it('that were down for a day are caught up at once, and each event comes once', async () => {
    const { webhook } = await add()
    await until(async () => (await show(webhook.id)).waiting === 0)
    receiver.status = 503
    const first = await happen()
    await until(async () => (await show(webhook.id)).failingSince !== null)
    for (let event = 0; event < 5; event++) await happen()
    // A day, of which only what happens by itself is of interest.
    await server.store.write((tx) =>
      tx
        .updateTable('webhook_deliveries')
        .set((e) => ({ expires_at: e('expires_at', '-', 86_400_000), created_at: e('created_at', '-', 86_400_000) }))
        .where('state', '=', 'waiting')
        .execute(),
    )
    await until(async () => receiver.calls.all.length >= 3 && (await show(webhook.id)).waiting >= 6)
    receiver.status = 204
    const keys = () => receiver.events.all.filter(({ type }) => type === 'api-key-created')
    await until(async () => keys().length >= 6)
    expect(new Set(keys().map(({ id }) => id)).size).toBe(6)
    expect(keys().map(({ data }) => data.application)).toContain(first)
    await until(async () => (await show(webhook.id)).waiting === 0)
    expect(await show(webhook.id)).toMatchObject({ state: 'on', failingSince: null, failed: 0 })
  })

  it('are signed with both secrets while one is replaced', async () => {
    const { webhook, secret } = await add({ kinds: ['api-key-created'] })
    const rotate = async (body: object) =>
      (await admin.call<RotatedWebhookSecret>('POST', `/webhooks/${webhook.id}/secret`, body)).body
    const next = await rotate({})
    await happen()
    await until(async () => receiver.events.all.length > 0)
    const event = await receiver.events.next()
    const at = Number(event.headers['webhook-timestamp']) * 1000
    expect([verifies(event, secret, at), verifies(event, next.secret, at)]).toEqual([true, true])
    const last = await rotate({ keepHours: 0 })
    await happen()
    await until(async () => receiver.events.all.length > 1)
    const later = await receiver.events.next()
    expect([secret, next.secret, last.secret].map((one) => verifies(later, one, at))).toEqual([false, false, true])
  })

  it('tell the whole audit log where that is asked for, from then on', async () => {
    await add({ kinds: ['*'] })
    const username = await server.user()
    await until(async () => receiver.events.all.some(({ type }) => type === 'user-added'))
    const event = await receiver.events.next(({ type }) => type === 'user-added')
    expect(event).toMatchObject({
      id: expect.stringMatching(/^aud_/),
      data: { username, position: expect.any(Number) },
    })
    expect(receiver.events.all.map(({ type }) => type)).not.toContain('application-added')
  })

  it('are tested at a press, and say what the receiver said', async () => {
    const { webhook } = await add()
    const test = async () => (await admin.call<TestedWebhook>('POST', `/webhooks/${webhook.id}/test`)).body
    expect(await test()).toMatchObject({ accepted: true, status: 204 })
    receiver.status = 302
    receiver.location = 'http://169.254.169.254/latest/meta-data'
    expect(await test()).toMatchObject({ accepted: false, status: 302 })
    expect(await show(webhook.id)).toMatchObject({ failingSince: null, state: 'on' })
  })

  it('give up what nobody took, and send it again when asked', async () => {
    const { webhook } = await add({ kinds: ['api-key-created'] })
    receiver.status = 500
    await happen()
    await until(async () => receiver.calls.all.length > 0)
    await server.store.write((tx) => tx.updateTable('webhook_deliveries').set({ expires_at: clock.now() }).execute())
    await until(async () => (await show(webhook.id)).failed === 1)
    const [given] = (await deliveries(webhook.id, '?state=failed')).deliveries
    receiver.status = 200
    const replayed = await admin.call('POST', `/webhooks/${webhook.id}/replay`, { delivery: given?.id })
    expect(replayed.body).toEqual({ deliveries: 1 })
    await until(async () => receiver.events.all.length > 0)
    expect((await receiver.events.next()).id).toBe(given?.event)
    const other = await add()
    expect(said(await admin.call('POST', `/webhooks/${other.webhook.id}/replay`, { delivery: given?.id }))).toBe(
      '404 unknown-delivery',
    )
    const again = async (asked: object) => (await admin.call('POST', `/webhooks/${webhook.id}/replay`, asked)).body
    await until(async () => (await show(webhook.id)).waiting === 0)
    const since = given?.createdAt
    expect(await again({ since, until: since, delivered: true })).toEqual({ deliveries: 0 })
    expect(await again({ since })).toEqual({ deliveries: 0 })
    expect(await again({ since, delivered: true })).toEqual({ deliveries: 1 })
    expect(await again({ delivered: true })).toMatchObject({ errors: { '/since': expect.any(String) } })
  })

  it('that say 410 are switched off, the others hear of it, and on again they get what has waited', async () => {
    const { webhook } = await add({ kinds: ['api-key-created'] })
    receiver.status = 410
    await happen()
    await until(async () => (await show(webhook.id)).state === 'failed')
    receiver.status = 204
    await add({ kinds: ['webhook-failed'] })
    await happen()
    for (let looks = 0; looks < 20; looks++) await look()
    expect(receiver.events.all.filter(({ type }) => type === 'api-key-created')).toEqual([])
    expect(said(await edit(webhook.id, { state: 'on' }))).toBe('200')
    await until(async () => receiver.events.all.filter(({ type }) => type === 'api-key-created').length === 2)
  })

  it('that are switched off keep what waits for its three days and no longer; of one that is on nothing is given up so', async () => {
    const { webhook } = await add({ kinds: ['api-key-created'] })
    receiver.status = 410
    await happen()
    await until(async () => (await show(webhook.id)).state === 'failed')
    await happen()
    await until(async () => (await show(webhook.id)).waiting === 2)
    const { store } = server
    const age = (byMs: number) =>
      store.write((tx) =>
        tx
          .updateTable('webhook_deliveries')
          .set((e) => ({ expires_at: e('expires_at', '-', byMs) }))
          .where('webhook_id', '=', webhook.id)
          .execute(),
      )
    await age(71 * 60 * MINUTE)
    await giveUpOverdue(store, clock.now())
    expect(await show(webhook.id)).toMatchObject({ waiting: 2, failed: 0 })
    await age(60 * MINUTE)
    await store.write((tx) => tx.updateTable('webhooks').set({ state: 'on' }).where('id', '=', webhook.id).execute())
    await giveUpOverdue(store, clock.now())
    expect(await show(webhook.id)).toMatchObject({ waiting: 2, failed: 0 })
    await store.write((tx) =>
      tx.updateTable('webhooks').set({ state: 'failed' }).where('id', '=', webhook.id).execute(),
    )
    await giveUpOverdue(store, clock.now())
    expect(await show(webhook.id)).toMatchObject({ waiting: 0, failed: 2 })
    expect((await deliveries(webhook.id, '?state=failed')).deliveries[0]?.error).toBe('the webhook was switched off')
  })

  it('list what they sent fifty at a time, each once, whatever was sent in the same moment', async () => {
    const { webhook } = await add()
    const sent = Array.from({ length: 101 }, (_, n) => ({
      ...newDelivery({ clock, random: randomBytes }, { webhook_id: webhook.id, event_id: `evt_${n}`, kind: 'denied' }),
      state: 'delivered' as const,
      created_at: clock.now() + Math.floor(n / 3),
    }))
    await server.store.write((tx) => insertDeliveries(tx, sent))
    const [pages, events] = [[] as number[], new Set<string>()]
    for (let next: string | null = ''; next !== null; ) {
      const page: DeliveryList = await deliveries(webhook.id, `?state=delivered${next && `&cursor=${next}`}`)
      pages.push(page.deliveries.length)
      for (const { event } of page.deliveries) events.add(event)
      next = page.next
    }
    expect([pages, events.size]).toEqual([[50, 50, 1], 101])
  })

  it('never reach the inside of the organisation but where the configuration names it', async () => {
    const refusal = async (address: string) => {
      const { body } = await admin.call<{ errors?: Record<string, string> }>('POST', '/webhooks', {
        name: 'x',
        url: address,
      })
      return body.errors?.['/url']
    }
    expect(await refusal('https://10.0.0.7/hook')).toMatch(/public address/)
    expect(await refusal('https://[::ffff:127.0.0.1]/')).toMatch(/public address/)
    expect(await refusal('https://siem.example.org/')).toMatch(/public address/)
    expect(await refusal('https://localhost/')).toMatch(/internal network/)
    expect(await refusal('http://93.184.215.14/')).toMatch(/https/)
    expect(await refusal(`http://user@127.0.0.1:${port}/`)).toMatch(/user info/)
    expect(await refusal(`http://127.0.0.1:${port + 1}/`)).toMatch(/https/)
    expect(await refusal('file:///etc/passwd')).toMatch(/https/)
    const { webhook } = await add()
    expect(said(await edit(webhook.id, { url: 'https://192.168.1.1/' }))).toBe('422 invalid')
    expect(said(await edit(webhook.id, { kinds: ['nonsense'] }))).toBe('422 invalid')
  })

  it('stop with the person: what is sent later knows a removed user by the id alone', async () => {
    const { webhook } = await add({ kinds: ['token-activated'] })
    receiver.status = 503
    const username = await server.user()
    await server.device(username)
    await until(async () => receiver.calls.all.length > 0)
    const { body } = await admin.call<{ users: { id: string }[] }>('GET', `/users?search=${username}`)
    expect(said(await admin.call('DELETE', `/users/${body.users[0]?.id}`))).toBe('204')
    receiver.status = 200
    await until(async () => receiver.events.all.length > 0)
    const event = await receiver.events.next()
    expect(event.data).toMatchObject({ user: body.users[0]?.id, username: null, detail: {} })
    expect(event.body).not.toContain(username)
    await until(async () => (await show(webhook.id)).waiting === 0)
  })
})
