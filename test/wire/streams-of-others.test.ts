// Streams of events that are somebody else's: who opens one hears nothing of them.
import { describe, expect, it } from 'vitest'
import { addApplication } from '../../server/applications/applications.ts'
import { addUser } from '../../server/directory/users.ts'
import { arrival, CALLBACK } from '../support/arrival.ts'
import { ENGINES } from '../support/engines.ts'
import { call, said } from '../support/wire-call.ts'
import { wireHouse } from '../support/wire-house.ts'

const EVENTS = '/device/v1/events'
const PASSWORD = 'correct horse battery'

describe.each(ENGINES)('on %s', (engine) => {
  const house = wireHouse(engine)

  it('a secret opens its own request’s number, and no other', async () => {
    const [own, other] = [await house.asked(), await house.asked()]
    const path = `/api/v1/login-requests/${own.created.id}/events`
    const headers = { 'x-request-secret': other.created.secret }
    expect(said(await house.application.call('GET', path, { headers }))).toBe('403 wrong-secret')
  })

  it('a device hears of what its own people are asked', async () => {
    const [anna, ben] = [await house.person(), await house.person()]
    await using stream = await ben.device.events()
    expect((await stream.next())?.data).toEqual({ requests: [] })
    await house.ask(anna)
    const { shown } = await house.ask(ben)
    expect((await stream.next())?.data).toEqual({ requests: [shown] })
  })

  it('a device’s is opened by a proof of its own, for that very call', async () => {
    const { device } = await house.asked()
    const { device: other } = await house.person()
    for (const dpop of [
      other.proof('GET', EVENTS, { header: { kid: device.id } }),
      device.proof('GET', '/device/v1/requests'),
      device.proof('POST', EVENTS),
    ])
      expect(said(await call(device.wire, 'GET', EVENTS, { headers: { dpop } }))).toBe('401 invalid-proof')
  })

  it('a login page is heard by the browser that began it, and by nobody who knows its address', async () => {
    const { parts } = house.server.running
    const { clientId = '' } = await addApplication(parts, { name: 'Harbour', redirectUris: [CALLBACK] })
    const [anna, ben] = [`anna-${engine}`, `ben-${engine}`]
    for (const username of [anna, ben]) {
      await addUser(parts, { username, password: PASSWORD })
      await house.server.device(username)
    }
    const asked = async (username: string) => {
      const tab = await arrival(house.server, clientId)
      await tab.post('password', { username, password: PASSWORD })
      expect((await tab.post('push', { seen: null })).status).toBe(200)
      return tab
    }
    const [own, theirs] = [await asked(anna), await asked(ben)]
    const stranger = await arrival(house.server, clientId)
    for (const { browser } of [theirs, stranger]) {
      const heard = await browser.fetch(`${own.page}/api/events`)
      expect([heard.status, await heard.text()]).toEqual([409, expect.stringContaining('no-sign-in')])
    }
  })
})
