// Enhanced approval: one press on the notification and nothing more; and where that must not be enough.
import type { DeviceRequest } from '../../protocol/device-api.ts'
import type { PushDocument } from '../../protocol/push-message.ts'
import { deliverPushMessage } from '../support/worker-push.ts'
import { watchAtOpening } from './app-store.ts'
import { expect, type Policy, test } from './house.ts'
import { buttonsOf, type Phone, sheet } from './phone.ts'

const ENHANCED = { approval: 'enhanced', numberMatching: false } as const

test('enhanced: Approve on the notification, and the app never opens', async ({ enrolledPhone, harbour, person }) => {
  const phone = await enrolledPhone(ENHANCED)
  const opened: string[] = []
  phone.browser.context.on('page', (page) => opened.push(page.url()))
  const { id, secret } = await harbour.ask(person.username)
  const notification = await phone.asked()
  expect(buttonsOf(notification)).toEqual(['Approve', 'Deny'])
  await phone.tray.press(notification, 'Approve')
  const said = await phone.told('Approved')
  const { body } = await harbour.read(id, { secret })
  expect(body).toMatchObject({ state: 'approved', passcode: expect.stringMatching(/^\d{8}$/) })
  expect((await harbour.redeem(id, secret, body.passcode ?? '')).body).toMatchObject({
    amr: ['otp', 'swk'],
    numberMatched: false,
  })
  // It closes itself; nobody has to tidy up.
  await phone.tray.whenClosed(said)
  expect(phone.windows()).toEqual([])
  expect(opened).toEqual([])
  expect(phone.decisions).toEqual(['worker'])
})

const NOT_WITH: [string, Policy][] = [
  ['unlock', { ...ENHANCED, unlock: 'webauthn' }],
  ['number matching', { ...ENHANCED, numberMatching: true }],
]

for (const [what, policy] of NOT_WITH) {
  test(`enhanced goes not with ${what}: the server makes no such link`, async ({ link }) => {
    await expect(link(policy)).rejects.toThrow(/"type":"urn:countersign:problem:incompatible-policy".*"status":422/)
  })
}

/** As if what came from the push service said that one press is enough. */
function easier(phone: Phone): Promise<void> {
  return altered(phone, (request) => ({ ...request, approval: 'enhanced', unlock: 'none', number: null }))
}

async function altered(phone: Phone, change: (request: DeviceRequest) => DeviceRequest): Promise<void> {
  const genuine = JSON.parse(phone.browser.push.delivered.at(-1)?.plaintext ?? '') as PushDocument
  const { countersign } = genuine
  if (countersign.kind !== 'login-request') throw new Error('the last push asks nothing')
  await deliver(phone, { ...genuine, countersign: { ...countersign, request: change(countersign.request) } })
}

async function deliver({ browser, origin }: Phone, document: unknown): Promise<void> {
  const cdp = await browser.context.newCDPSession(browser.home)
  const data = typeof document === 'string' ? document : JSON.stringify(document)
  await deliverPushMessage({ cdp, scope: `${origin}/` }, data)
}

const NOT_CONFIGURED: [string, Policy, string][] = [
  ['with number matching', {}, 'Are you signing in?'],
  ['for standard approval', { numberMatching: false }, 'Approved'],
]

for (const [what, policy, becomes] of NOT_CONFIGURED) {
  test(`a token ${what} is never approved on the notification, whatever a push says`, async ({
    enrolledPhone,
    harbour,
    person,
  }) => {
    const phone = await enrolledPhone(policy)
    const asked = await harbour.ask(person.username)
    await phone.asked()
    await easier(phone)
    const forged = await phone.asked()
    // The worker takes the press for a wish, and leaves it to the app; there standard approval needs no more than that.
    const atOpening = await watchAtOpening(phone.browser.context, 'intents')
    const app = await phone.opens(() => phone.tray.press(forged, 'Approve'))
    expect(await atOpening(app)).toEqual([asked.id])
    await expect(app).toHaveURL(`${phone.origin}/requests/${asked.id}`)
    await expect(sheet(app).getByRole('heading', { name: becomes })).toBeVisible()
    expect((await harbour.read(asked.id)).body.state).toBe(becomes === 'Approved' ? 'approved' : 'pending')
  })
}

test('nor is a token with unlock', async ({ newPhone, link, harbour, person }) => {
  const phone = await newPhone()
  await phone.enrolLocked(await link({ unlock: 'webauthn', numberMatching: false }))
  await phone.lock()
  const asked = await harbour.ask(person.username)
  await phone.asked()
  await easier(phone)
  const forged = await phone.asked()
  const app = await phone.opens(() => phone.tray.press(forged, 'Approve'))
  await expect(sheet(app)).toBeVisible()
  expect(phone.decisions).toEqual([])
  expect((await harbour.read(asked.id)).body.state).toBe('pending')
})

test('a press approves what was shown and nothing else: with another name in the push the server refuses', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone(ENHANCED)
  const asked = await harbour.ask(person.username)
  await phone.asked()
  await altered(phone, (request) => ({ ...request, application: { ...request.application, name: 'Canteen' } }))
  await phone.tray.press(await phone.asked('Canteen'), 'Approve')
  await phone.told('That didn’t work. Open the app to see why.')
  expect(phone.decisions).toEqual(['worker'])
  expect((await harbour.read(asked.id)).body.state).toBe('pending')
})

const UNKNOWN: [string, unknown][] = [
  ['of a later version', { countersign: { v: 2, kind: 'login-request', request: { id: 'req_x' } } }],
  ['of a kind that this version does not know', { countersign: { v: 1, kind: 'voucher', id: 'x' } }],
  ['that is no JSON', 'hello'],
  ['without a body', ''],
]

for (const [what, document] of UNKNOWN) {
  test(`a push ${what} is shown and approves nothing`, async ({ enrolledPhone, harbour, person }) => {
    const phone = await enrolledPhone(ENHANCED)
    const asked = await harbour.ask(person.username)
    await phone.asked()
    await deliver(phone, document)
    const shown = await phone.told('Open the app to see a request.')
    expect(buttonsOf(shown)).toEqual([])
    const app = await phone.opens(() => phone.tray.pressBody(shown))
    await expect(app.getByRole('heading', { name: 'Your codes' })).toBeVisible()
    expect((await harbour.read(asked.id)).body.state).toBe('pending')
  })
}

test('after a denial the next notification has no Approve', async ({ enrolledPhone, harbour, person }) => {
  const phone = await enrolledPhone(ENHANCED)
  await harbour.ask(person.username)
  await phone.tray.press(await phone.asked(), 'Deny')
  await phone.told('Denied')
  const second = await harbour.ask(person.username)
  const notification = await phone.asked()
  expect(buttonsOf(notification)).toEqual(['Deny'])
  const app = await phone.opens(() => phone.tray.pressBody(notification))
  await expect(sheet(app).getByRole('alert')).toContainText('Several sign-ins are asking')
  expect((await harbour.read(second.id)).body.state).toBe('pending')
})
