// Nothing is stubbed between `subscribe()` and `notificationclick`: Chromium's own push stack subscribes, keeps its
// connection, opens what comes and wakes the worker. Only the vendor's machines at the other end are a double, and the
// server reaches them as it would in a network that lets nothing out but through a proxy.
import { ACR_PUSH } from '../../protocol/sign-in.ts'
import { launchBrowser, setNotifications } from '../support/chromium.ts'
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.ts'
import { type Fcm, startFcm } from '../support/fcm.ts'
import { startNotificationDaemon } from '../support/notification-daemon.ts'
import { expect } from './house.ts'
import { type Installation, startInstallation } from './installation.ts'
import { Phone, PIXEL, sheet } from './phone.ts'
import { test as base, SignIn } from './sign-in.ts'

const test = base.extend<object, { fcm: Fcm; wayOut: ConnectProxy; installation: Installation }>({
  fcm: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its pattern
    async ({}, use) => {
      await using fcm = await startFcm()
      await use(fcm)
    },
    { scope: 'worker' },
  ],
  wayOut: [
    async ({ fcm }, use) => {
      await using proxy = await startConnectProxy({ to: fcm.sender })
      await use(proxy)
    },
    { scope: 'worker' },
  ],
  installation: [
    async ({ fcm, wayOut }, use) => {
      await using installation = await startInstallation({
        env: { HTTPS_PROXY: wayOut.url, NODE_EXTRA_CA_CERTS: fcm.caPath },
      })
      await use(installation)
    },
    { scope: 'worker' },
  ],
})

test('from a real subscribe() to a real notificationclick: pushed through the proxy, opened by Chromium itself, approved', async ({
  fcm,
  wayOut,
  installation: { appOrigin },
  link,
  person: { username },
  site,
  computer,
}) => {
  await using tray = await startNotificationDaemon()
  await using browser = await launchBrowser({ args: fcm.flags, env: tray.env, ...PIXEL })
  await setNotifications(browser, appOrigin, 'granted')
  const phone = new Phone(appOrigin, browser, tray)

  // The enrolment ends with a push that has come all the way.
  await phone.enrol(await link())
  expect(wayOut.connects).toEqual(['jmt17.google.com:443'])
  await phone.lock()

  const signIn = await (await (await SignIn.at(site, computer)).as(username)).push()
  const number = await signIn.number()
  const notification = await phone.asked()
  const app = await phone.opens(() => tray.press(notification, 'Approve'))
  await sheet(app).getByLabel('Type the number on your sign-in page').fill(number)
  await signIn.arrives(site, { username, amr: 'pwd otp swk mfa', acr: ACR_PUSH })
  expect(fcm.messages.map(({ ttl, urgency }) => ({ urgency, inTime: ttl <= 60 }))).toEqual([
    { urgency: 'high', inTime: true },
    { urgency: 'high', inTime: true },
  ])
})
