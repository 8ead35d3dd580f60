// The audit log at the organisation's syslog receiver: in order, over breaks, and to nobody who is not who they say.
import { describe, expect, it } from 'vitest'
import type { SyslogView } from '../../protocol/operator-api/syslog.ts'
import { LOOK_EVERY_MS } from '../../server/syslog/courier.ts'
import { testCertificate } from '../support/certificate.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { freePort } from '../support/free-port.ts'
import { newHouse, startServer, type TestServer } from '../support/server.ts'
import { SyslogReceiver } from '../support/syslog-receiver.ts'
import { trust } from '../support/trust.ts'
import { call } from '../support/wire-call.ts'
import { programOf } from '../support/wire-operator.ts'

const places = ({ messages }: SyslogReceiver) => messages.all.map(({ entry }) => entry.position)

describe.each(ENGINES)('syslog on %s', (engine) => {
  const clock = new ManualClock()
  /** One look after the other; a call in between lets connections take the time that they really need. */
  const until = async (server: TestServer, isSo: () => boolean | Promise<boolean>) => {
    for (let looks = 0; looks < 3000; looks++) {
      if (await isSo()) return
      await clock.advance(LOOK_EVERY_MS)
      for (let calls = 0; calls < 3; calls++) await call(server.wire, 'GET', '/healthz')
    }
    throw new Error('it did not come to be')
  }
  const watched = async (server: TestServer) => {
    const auditor = await programOf(server, 'auditor')
    return async () => (await auditor.call<SyslogView>('GET', '/syslog')).body
  }
  const begun = async ({ store }: TestServer) =>
    (await store.read.selectFrom('tally_marks').select('name').execute()).some(({ name }) => name === 'syslog')

  it('gets each entry as RFC 5424 has it, in the order of the chain', async () => {
    await using receiver = await SyslogReceiver.start()
    const env = { COUNTERSIGN_SYSLOG: `tcp://127.0.0.1:${receiver.port}` }
    await using server = await startServer(engine, { clock, env })
    await until(server, () => begun(server))
    const username = await server.user('álïce ]"')
    const { id } = await server.application()
    await until(server, () => receiver.messages.all.some(({ id }) => id === 'application-added'))
    const message = await receiver.messages.next(({ id }) => id === 'user-added')
    expect(message).toMatchObject({
      priority: 13 * 8 + 6,
      host: new URL(server.wire.origin).host,
      program: 'countersign',
    })
    expect(message.entry.detail).toMatchObject({ username })
    const application = await receiver.messages.next(({ id }) => id === 'application-added')
    expect(application.entry).toMatchObject({ application: id, hash: expect.stringMatching(/^[\w-]{43}$/) })
    expect(places(receiver)).toEqual([...places(receiver)].sort((a, b) => a - b))
    const view = await watched(server)
    expect(await view()).toMatchObject({ failingSince: null, receiver: `127.0.0.1:${receiver.port}` })
  })

  it('gets what happened while it was down, and while the server was', async () => {
    const port = await freePort()
    await using house = await newHouse(engine)
    const options = { clock, house, env: { COUNTERSIGN_SYSLOG: `tcp://127.0.0.1:${port}` } }
    const first = await startServer(engine, options)
    const view = await watched(first)
    await until(first, async () => (await view()).failingSince !== null)
    {
      await using receiver = await SyslogReceiver.start({ port })
      await first.user('one')
      await until(first, () => receiver.messages.all.some(({ entry }) => entry.detail.username === 'one'))
      await until(first, async () => (await view()).failingSince === null)
    }
    await first.user('two')
    await until(first, async () => (await view()).failingSince !== null)
    await first.close()
    await using receiver = await SyslogReceiver.start({ port })
    await using second = await startServer(engine, options)
    const later = await watched(second)
    await second.user('three')
    await until(second, () => receiver.messages.all.some(({ entry }) => entry.detail.username === 'three'))
    expect(receiver.messages.all.map(({ entry }) => entry.detail.username)).toContain('two')
    await until(second, async () => (await later()).failingSince === null)
    const all = places(receiver)
    expect(new Set(all).size).toBe(all.length)
    expect(all.every((place, index) => index === 0 || place === (all[index - 1] ?? 0) + 1)).toBe(true)
  })

  it('is told nothing over TLS until its certificate holds', async () => {
    await using impostor = await SyslogReceiver.start({ isTls: true, names: ['elsewhere.example'] })
    trust(testCertificate(['elsewhere.example']).cert)
    await using deceived = await startServer(engine, {
      clock,
      env: { COUNTERSIGN_SYSLOG: `tls://localhost:${impostor.port}` },
    })
    const view = await watched(deceived)
    await until(deceived, async () => (await view()).failingSince !== null)
    expect(impostor.messages.all).toEqual([])
    await using receiver = await SyslogReceiver.start({ isTls: true })
    const env = { COUNTERSIGN_SYSLOG: `tls://localhost:${receiver.port}` }
    trust(testCertificate().cert)
    await using server = await startServer(engine, { clock, env })
    await until(server, () => begun(server))
    await server.user('seen')
    await until(server, () => receiver.messages.all.some(({ entry }) => entry.detail.username === 'seen'))
  })
})
