// What a stranger sees who starts it for the first time: they follow what is printed, in the browser they have.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encode } from 'uqr'
import { ACR_PUSH } from '../../protocol/sign-in.ts'
import { setNotifications } from '../support/chromium.ts'
import { freePort } from '../support/free-port.ts'
import { startNotificationDaemon } from '../support/notification-daemon.ts'
import type { PushService } from '../support/push-service.ts'
import { launchWithPush } from '../support/push-stub.ts'
import { expect, test } from './house.ts'
import { endServer, startServer } from './installation.ts'
import { Phone, sheet, walkThrough } from './phone.ts'
import { SignIn } from './sign-in.ts'

interface Printed extends AsyncDisposable {
  text: string
  harbour: string
  authenticator: string
  link: string
  password: string
}

test('a fresh clone started: Harbour, the authenticator and a link for alice are printed; activated in the browser at hand, alice signs in at Harbour, gets the notification, presses Approve, and is in', async ({
  service,
}) => {
  await using printed = await startDemonstration(service)
  await using desk = await desktop(printed, service)

  // The link, as it stands in the terminal, and the same as a QR code.
  expect(qrCodeIn(printed.text)).toEqual(encode(printed.link, { border: 2 }).data)
  const app = await desk.browser.context.newPage()
  await app.goto(printed.link)
  await expect(app.getByRole('heading', { name: 'Scan with your phone' })).toBeVisible()
  await app.getByRole('button', { name: 'Use this computer instead' }).click()
  await walkThrough(app)
  await desk.told('Notifications work on this device.')
  await expect(app.getByRole('heading', { name: 'It works.' })).toBeVisible()
  await app.getByRole('button', { name: 'Done' }).click()
  expect(app.url()).toBe(printed.authenticator)

  const signIn = await SignIn.at({ origin: printed.harbour }, desk.browser.context)
  await signIn.password('alice', printed.password)
  await signIn.push()
  await desk.tray.press(await desk.asked(), 'Approve')
  await sheet(app)
    .getByLabel('Type the number on your sign-in page')
    .fill(await signIn.number())
  await expect(sheet(app).getByRole('heading', { name: 'Approved' })).toBeVisible()
  await signIn.arrives({ origin: printed.harbour }, { username: 'Alice', amr: 'pwd otp swk mfa', acr: ACR_PUSH })
})

async function startDemonstration({ origin, caPath }: PushService): Promise<Printed> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-stranger-'))
  const lines: string[] = []
  // Nothing is set that makes it a demonstration: it is one where nothing is set.
  const server = await startServer(
    {
      COUNTERSIGN_DATA: join(folder, 'data'),
      PORT: String(await freePort()),
      COUNTERSIGN_PUSH_ORIGINS: origin,
      NODE_EXTRA_CA_CERTS: caPath,
    },
    lines,
  )
  const text = lines.join('\n')
  const found = (pattern: RegExp) => pattern.exec(text)?.[1] ?? ''
  return {
    text,
    harbour: found(/at Harbour:\n +(\S+)$/m),
    authenticator: found(/its app is at\n +(\S+)$/m),
    link: found(/^ *(\S+\/enrol#\S+)$/m),
    password: found(/Sign in as alice, password (\S+), at Harbour:$/m),
    [Symbol.asyncDispose]: async () => {
      await endServer(server, 'SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function desktop({ authenticator }: Printed, service: PushService): Promise<Phone> {
  const { origin } = new URL(authenticator)
  const tray = await startNotificationDaemon()
  const browser = await launchWithPush({ origin, service, env: tray.env })
  await setNotifications(browser, origin, 'granted')
  return new Phone(origin, browser, tray)
}

/** Two rows stand in one line of text, and light is what is printed. */
function qrCodeIn(text: string): boolean[][] {
  const lines = text.split('\n').filter((line) => /^ {2}[█▀▄ ]{20,}$/.test(line))
  const rows = lines.flatMap((line) => {
    const signs = [...line.slice(2)]
    return [signs.map((sign) => !'█▀'.includes(sign)), signs.map((sign) => !'█▄'.includes(sign))]
  })
  return rows.slice(0, rows[0]?.length)
}
