// How operators look after what asks over RADIUS, and that the door goes by it at once.
import { describe, expect, it } from 'vitest'
import type { RadiusClientView } from '../../protocol/operator-api/radius-clients.ts'
import { rotateSecret } from '../../server/radius/clients.ts'
import { ENGINES } from '../support/engines.ts'
import { beforeWriting } from '../support/interrupted-store.ts'
import { ACCEPT, attributeOf, RadiusClient, REJECT, radiusRequest, USER_NAME } from '../support/radius-client.ts'
import { said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'
import { programOf } from '../support/wire-operator.ts'
import { expectInvalid } from '../support/wire-problem.ts'

const HOUR = 3_600_000
const FILTER_ID = 11
type Added = { id: string; secret: string }
type Listed = { clients: RadiusClientView[]; udp: string | null; radsec: string | null }

describe.each(ENGINES)('RADIUS clients on %s', (engine) => {
  const house = wireHouse(engine, { env: { COUNTERSIGN_RADIUS: 'udp://127.0.0.1:0' } })
  const admin = () => programOf(house.server, 'administrator')
  let networks = 0

  const add = async (asked: object = {}) => {
    const network = `127.0.3.${++networks}`
    const path = `/applications/${house.application.id}/radius-clients`
    const added = await (await admin()).call<Added>('POST', path, { network, ...asked })
    return { ...added.body, said: said(added), network, reply: added }
  }
  const open = ({ secret, network }: { secret: string; network: string }) =>
    RadiusClient.open(house.server.running.radius.udp?.port ?? 0, secret, network)
  const list = async () => (await (await admin()).call<Listed>('GET', '/radius-clients')).body
  const shown = async (id: string) => (await list()).clients.find((client) => client.id === id)
  const edit = async (id: string, version: number, body: object) =>
    (await admin()).call<RadiusClientView>('PATCH', `/radius-clients/${id}`, body, { 'if-match': `"${version}"` })
  const status = (secret: string) => radiusRequest({ secret, code: 12 })
  /** An Access-Request for nobody: refused where it is read, and answered by nothing else. */
  const unsigned = (secret: string) =>
    radiusRequest({ secret, password: 'x', attributes: [{ type: USER_NAME, value: 'nobody' }], signed: false })

  it('are added with a secret that is told once, answered at once, and shown as seen', async () => {
    const { id, secret, network } = await add({ challenges: true })
    expect(await list()).toMatchObject({ udp: 'udp://127.0.0.1:0', radsec: null })
    expect(await shown(id)).toMatchObject({
      application: house.application.id,
      network: `${network}/32`,
      challenges: true,
      messageAuthenticator: true,
      lastSeenAt: null,
      fault: null,
      version: 1,
    })
    await using client = await open({ secret, network })
    expect((await client.exchange(status(secret))).code).toBe(ACCEPT)
    await expect.poll(async () => (await shown(id))?.lastSeenAt).toBe(new Date(house.clock.now()).toISOString())
    expect(JSON.stringify(await list())).not.toContain(secret)
  })

  it('are told what was wrong with what they sent', async () => {
    const { id, secret, network } = await add()
    await using client = await open({ secret, network })
    client.send(radiusRequest({ secret: 'another', code: 12 }))
    await client.drained()
    await expect.poll(async () => (await shown(id))?.fault?.kind).toBe('wrong-secret')
  })

  it('get a new secret while the former one works on for as long as was said', async () => {
    const { id, secret, network } = await add()
    await using former = await open({ secret, network })
    const rotate = async (keepHours: number) =>
      (await (await admin()).call<{ secret: string }>('POST', `/radius-clients/${id}/secret`, { keepHours })).body
    const { secret: next } = await rotate(2)
    await using latter = await open({ secret: next, network })
    expect((await former.exchange(status(secret))).code).toBe(ACCEPT)
    expect((await latter.exchange(status(next))).code).toBe(ACCEPT)
    expect((await shown(id))?.previousSecretUntil).toBe(new Date(house.clock.now() + 2 * HOUR).toISOString())
    await house.clock.jump(2 * HOUR)
    former.send(status(secret))
    await latter.drained()
    expect(former.received).toHaveLength(1)
    const { secret: last } = await rotate(0)
    await using newest = await open({ secret: last, network })
    latter.send(status(next))
    await newest.drained()
    expect(latter.received).toHaveLength(2)
  })

  it('have one new secret of two that are made at once', async () => {
    const { id, network } = await add()
    const { parts } = house.server.running
    const by = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const
    const rotate = (store = parts.store) => rotateSecret({ ...parts, store }, { id: id as never, keepHours: 0 }, by)
    const made: { secret: string }[] = []
    const late = beforeWriting(parts.store, async () => void made.push(await rotate()))
    await expect(rotate(late)).rejects.toMatchObject({ slug: 'changed-meanwhile' })
    const secret = made[0]?.secret ?? ''
    await using client = await open({ secret, network })
    expect((await client.exchange(status(secret))).code).toBe(ACCEPT)
  })

  it('change at once, by the version that was seen', async () => {
    const { id, secret, network } = await add()
    await using client = await open({ secret, network })
    client.send(unsigned(secret))
    await client.drained()
    expect(client.received).toHaveLength(1)
    expect(await edit(id, 1, { messageAuthenticator: false, groups: 'filter-id' })).toMatchObject({
      status: 200,
      body: { messageAuthenticator: false, groups: 'filter-id', version: 2 },
    })
    const answer = await client.exchange(unsigned(secret))
    expect([answer.code, attributeOf(answer, FILTER_ID)]).toEqual([REJECT, undefined])
    expect(said(await edit(id, 1, { challenges: true }))).toBe('412 changed-meanwhile')
    await using elsewhere = await open({ secret, network: '127.0.4.1' })
    expect(said(await edit(id, 2, { network: '127.0.4.1' }))).toBe('200')
    client.send(status(secret))
    await elsewhere.drained()
    expect([client.received.length, elsewhere.received.length]).toEqual([2, 1])
  })

  it.each([
    ['127.0.8.0/24', '127.0.8.1'],
    ['127.0.9.1', '127.0.9.0/24'],
  ])('are the one of the smaller network, added %s and then %s', async (first, second) => {
    const made = [{ ...(await add({ network: first })), network: first }]
    await house.clock.advance(1)
    made.push({ ...(await add({ network: second })), network: second })
    for (const { secret, network } of made.filter((one) => !one.network.includes('/'))) {
      await using client = await open({ secret, network })
      expect((await client.exchange(status(secret))).code).toBe(ACCEPT)
    }
  })

  it('are not answered once they are removed', async () => {
    const [gone, other] = [await add(), await add()]
    await using client = await open(gone)
    await using witness = await open(other)
    expect((await client.exchange(status(gone.secret))).code).toBe(ACCEPT)
    expect(said(await (await admin()).call('DELETE', `/radius-clients/${gone.id}`))).toBe('204')
    client.send(status(gone.secret))
    await witness.drained()
    expect(client.received).toHaveLength(1)
    expect(said(await (await admin()).call('DELETE', `/radius-clients/${gone.id}`))).toBe('404 unknown-radius-client')
  })

  it('keep within what is asked of them', async () => {
    for (const [asked, pointer] of [
      [{ network: 'vpn' }, '/network'],
      [{ network: '10.0.0.0/33' }, '/network'],
      [{ groups: '0:1' }, '/groups'],
      [{ groups: '12356:256' }, '/groups'],
      [{ certificate: 'not a name' }, '/certificate'],
      [{ network: '192.0.2.1', messageAuthenticator: false }, '/messageAuthenticator'],
    ] as const)
      expectInvalid((await add(asked)).reply, pointer)
    const { network, id } = await add()
    expect((await add({ network })).said).toBe('409 radius-client-taken')
    expect(said(await edit(id, 1, { network: '192.0.2.1', messageAuthenticator: false }))).toBe('422 invalid')
    const { id: tls, secret } = await add({ certificate: 'vpn.harbour.example' })
    expect(secret).toBe('radsec')
    expect(said(await (await admin()).call('POST', `/radius-clients/${tls}/secret`, {}))).toBe('422 invalid')
  })
})
