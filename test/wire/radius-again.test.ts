// Packets that come again, and clients that try anew: who rings twice, who joins, and who gets nothing.
import { describe, expect, it, vi } from 'vitest'
import { pausePush, resumePush } from '../../server/watching/measures.ts'
import { ENGINES } from '../support/engines.ts'
import { ACCEPT, ACCT_SESSION, messageOf, NAS_IDENTIFIER, NAS_PORT, REJECT } from '../support/radius-client.ts'
import { BY, FROM, PASSWORD, presses, radiusGateways, shownTo } from '../support/radius-gateway.ts'

const MINUTE = 60_000

describe.each(ENGINES)('what comes again over RADIUS on %s', (engine) => {
  const { codeOf, gateway, house, parts, person } = radiusGateways(engine)

  it('asks anew at the next sign-in after one that was approved', async () => {
    await using vpn = await gateway()
    const { username, device } = await person()
    for (const _time of [1, 2]) {
      const answer = vpn.ask(username, PASSWORD, [FROM])
      await presses(device, 'approve')
      expect((await answer).code).toBe(ACCEPT)
    }
  })

  it('answers a packet that comes again from memory, and asks nobody a second time', async () => {
    await using vpn = await gateway()
    const { username, device } = await person()
    const packet = vpn.request(username, PASSWORD)
    for (let n = 0; n < 3; n++) vpn.send(packet)
    await shownTo(device)
    await vpn.drained()
    vpn.send(packet)
    expect(await device.requests()).toHaveLength(1)
    await presses(device, 'approve')
    const first = await vpn.answerTo(packet)
    expect(first.code).toBe(ACCEPT)
    expect((await vpn.exchange(packet)).bytes).toEqual(first.bytes)
  })

  it('answers a packet that comes again after one that could not be dealt with', async () => {
    await using vpn = await gateway()
    const { username, device } = await person()
    const packet = vpn.request(username, `${PASSWORD},${codeOf(device)}`)
    const failing = vi.spyOn(parts().policies, 'of').mockRejectedValueOnce(new Error('a moment'))
    vpn.send(packet)
    await expect.poll(() => failing.mock.calls.length).toBeGreaterThan(0)
    await vpn.drained()
    expect((await vpn.exchange(packet)).code).toBe(ACCEPT)
    failing.mockRestore()
  })

  it('rings nobody, and answers nothing, for a request that somebody recorded and sends later, from any port', async () => {
    await using vpn = await gateway()
    await using thief = await vpn.again()
    const { username, device, id } = await person()
    const packet = vpn.request(username, PASSWORD, [], { identifier: 1 })
    vpn.send(packet)
    const answer = vpn.answerTo(packet)
    await presses(device, 'deny')
    expect((await answer).code).toBe(REJECT)
    for (const minutes of [0, 1, 10]) {
      await house.clock.jump(minutes * MINUTE)
      for (const from of minutes === 0 ? [thief] : [thief, vpn]) {
        from.send(packet)
        await from.drained()
      }
    }
    // Asked after them, and asked.
    const own = vpn.request(username, PASSWORD)
    vpn.send(own)
    expect([await shownTo(device), (await device.requests()).length]).toEqual([expect.anything(), 1])
    await presses(device, 'approve')
    expect((await vpn.answerTo(own)).code).toBe(ACCEPT)
    const { read } = parts().store
    expect(await read.selectFrom('login_requests').select('id').where('user_id', '=', id).execute()).toHaveLength(2)
    expect(new Set(thief.received.map(([, identifier]) => identifier))).toEqual(new Set([255]))
  })

  it('lets a client that gave up and tries anew join what it had begun: one question, one Accept', async () => {
    await using vpn = await gateway()
    const { username, device } = await person()
    const packets = [1, 2, 3].map((identifier) => vpn.request(username, PASSWORD, [FROM], { identifier }))
    for (const packet of packets) {
      vpn.send(packet)
      await shownTo(device)
      await vpn.drained()
    }
    expect(await device.requests()).toHaveLength(1)
    await presses(device, 'approve')
    const last = packets[2] ?? Buffer.alloc(0)
    expect((await vpn.answerTo(last)).code).toBe(ACCEPT)
    await vpn.drained()
    expect(vpn.received.map(([, identifier]) => identifier)).toEqual([255, 255, 255, 3, 255])
    // Each was heard, and rings nobody when it is sent again.
    await house.clock.jump(10 * MINUTE)
    for (const packet of packets) {
      vpn.send(packet)
      await vpn.drained()
    }
    vpn.send(vpn.request(username, PASSWORD))
    expect([await shownTo(device), (await device.requests()).length]).toEqual([expect.anything(), 1])
    await presses(device, 'deny')
  })

  it('knows who tries anew by their session, too, and joins nobody of whom no place is said', async () => {
    await using vpn = await gateway()
    const session = (value: string) => [{ type: ACCT_SESSION, value }]
    for (const [first, second, questions] of [
      [session('5f3a'), session('5f3a'), 1],
      [session('5f3a'), session('5f3b'), 2],
      [[FROM, ...session('5f3a')], [FROM, ...session('5f3b')], 1],
      [[{ type: NAS_PORT, value: Buffer.alloc(4) }], [{ type: NAS_PORT, value: Buffer.alloc(4) }], 2],
    ] as const) {
      const { username, device } = await person()
      vpn.send(vpn.request(username, PASSWORD, [...first], { identifier: 1 }))
      await shownTo(device)
      const anew = vpn.request(username, PASSWORD, [...second], { identifier: 2 })
      vpn.send(anew)
      if (questions === 2) {
        await expect.poll(async () => (await device.requests()).length).toBe(2)
        continue
      }
      await vpn.drained()
      await presses(device, 'approve')
      expect((await vpn.answerTo(anew)).code).toBe(ACCEPT)
    }
  })

  it('is of the resource that the device shows: who asks for another joins nobody', async () => {
    await using vpn = await gateway()
    const { username, device } = await person()
    const asked = (resource: string, identifier: number) =>
      vpn.request(username, PASSWORD, [FROM, { type: NAS_IDENTIFIER, value: resource }], { identifier })
    vpn.send(asked('mail.harbour.example', 1))
    await shownTo(device)
    vpn.send(asked('vault.harbour.example', 2))
    await expect.poll(async () => (await device.requests()).length).toBe(2)
    while ((await device.requests()).length > 0) await presses(device, 'deny')
  })

  it('asks whoever could not be asked before as soon as they can be', async () => {
    await using vpn = await gateway()
    const { id, username, device } = await person()
    await pausePush(parts(), { id, minutes: 15, reason: 'an attack' }, BY)
    expect(messageOf(await vpn.ask(username, PASSWORD, [FROM]))).toMatch(/paused/)
    await resumePush(parts(), { id, reason: 'it is over' }, BY)
    const answer = vpn.ask(username, PASSWORD, [FROM])
    await presses(device, 'approve')
    expect((await answer).code).toBe(ACCEPT)
  })
})
