// A token that asks for a fingerprint, face or screen lock after Approve, which stands in for a PIN.
import type { Page } from '@playwright/test'
import { addVirtualAuthenticator, type VirtualAuthenticator } from '../support/virtual-authenticator.ts'
import { expect, test } from './house.ts'
import { approve, pendingBar, pressApprove, sheet, walkThrough } from './phone.ts'

const POLICY = { unlock: 'webauthn', numberMatching: false } as const

test('unlock after Approve, where the token asks: the sign-in says that the person was verified', async ({
  newPhone,
  link,
  harbour,
  person,
}) => {
  const phone = await newPhone()
  const { app, finger } = await phone.enrolLocked(await link({ unlock: 'webauthn' }))
  expect(await finger.credentialCount()).toBe(1)
  await app.getByRole('link', { name: 'Settings' }).click()
  await app.getByRole('button', { name: 'Try the unlock' }).click()
  await expect(app.getByText('The unlock works.')).toBeVisible()
  await app.goBack()
  const { id, secret, number } = await harbour.ask(person.username)
  await pendingBar(app).click()
  await sheet(app)
    .getByLabel('Type the number on your sign-in page')
    .fill(number ?? '')
  await approve(app)
  const { body } = await harbour.read(id, { secret })
  expect(body.state).toBe('approved')
  expect((await harbour.redeem(id, secret, body.passcode ?? '')).body).toMatchObject({
    amr: ['otp', 'swk', 'user'],
    numberMatched: true,
  })
  expect(phone.decisions).toContain('app')
})

test('Approve on the notification of such a token: the app opens, unlocks and sends', async ({
  newPhone,
  link,
  harbour,
  person,
}) => {
  const phone = await newPhone()
  const { app } = await phone.enrolLocked(await link(POLICY))
  const asked = await harbour.ask(person.username)
  const notification = await phone.asked()
  await phone.tray.press(notification, 'Approve')
  await expect(sheet(app).getByRole('heading', { name: 'Approved' })).toBeVisible()
  expect((await harbour.read(asked.id)).body.state).toBe('approved')
})

test('Deny on the notification of such a token needs no unlock, and the app never opens', async ({
  newPhone,
  link,
  harbour,
  person,
}) => {
  const phone = await newPhone()
  await phone.enrolLocked(await link(POLICY))
  await phone.lock()
  const asked = await harbour.ask(person.username)
  await phone.tray.press(await phone.asked(), 'Deny')
  await phone.told('Denied')
  expect((await harbour.read(asked.id)).body).toMatchObject({ state: 'denied', reason: 'declined' })
  expect(phone.windows()).toEqual([])
  expect(phone.decisions).toEqual(['worker'])
})

test('the codes of such a token stay hidden until it is unlocked', async ({ newPhone, link, harbour, person }) => {
  const phone = await newPhone()
  const { app } = await phone.enrolLocked(await link(POLICY))
  await expect(app.getByText('Locked')).toBeVisible()
  await app.getByRole('button', { name: 'Unlock' }).click()
  await expect(app.getByText('Locked')).toBeHidden()
  const code = await app.getByRole('button', { name: 'Copy code' }).textContent()
  // Drawn in groups for the eye, and spelled out once more for the ear.
  const [digits] = /^\d{6}/.exec(code?.replace(/\D/g, '') ?? '') ?? []
  const { body } = await harbour.verify(person.username, digits ?? '')
  // Right either way: in the half minute of the activation its own passcode, this very one, is spent already.
  expect(body.valid ? 'valid' : body.reason).toMatch(/^(valid|replayed)$/)
})

const TROUBLES: [string, string, (app: Page, finger: VirtualAuthenticator) => Promise<unknown>][] = [
  ['is cancelled', 'Unlock was cancelled. Nothing was sent.', (_app, finger) => finger.setUserVerified(false)],
  ['fails', 'Unlock didn’t work. Nothing was sent.', (app) => app.evaluate(failing)],
  ['gives no key', 'This browser can’t unlock your token. Nothing was sent.', (app) => app.evaluate(withoutOutput)],
]

for (const [what, sentence, arrange] of TROUBLES) {
  test(`an unlock that ${what}: its own sentence, and nothing is sent`, async ({ newPhone, link, harbour, person }) => {
    const phone = await newPhone()
    const { app, finger } = await phone.enrolLocked(await link(POLICY))
    const asked = await harbour.ask(person.username)
    await pendingBar(app).click()
    await arrange(app, finger)
    await pressApprove(app, sheet(app).getByText(sentence))
    expect(phone.decisions).toEqual([])
    expect((await harbour.read(asked.id)).body.state).toBe('pending')
    // The person can still say no.
    await sheet(app).getByRole('button', { name: 'Deny' }).click()
    await expect(sheet(app).getByRole('heading', { name: 'Denied. Was this you?' })).toBeVisible()
    expect((await harbour.read(asked.id)).body.state).toBe('denied')
  })
}

test('the passkey has been removed from the device: it says so and how to go on, and nothing is sent', async ({
  newPhone,
  link,
  harbour,
  person,
}) => {
  const phone = await newPhone()
  const { app, finger } = await phone.enrolLocked(await link(POLICY))
  await finger.swap()
  const asked = await harbour.ask(person.username)
  await pendingBar(app).click()
  await pressApprove(app, sheet(app).getByText('its key is gone from this device: ask for a new link.'))
  expect(phone.decisions).toEqual([])
  expect((await harbour.read(asked.id)).body.state).toBe('pending')
})

test('another passkey answers: the unlock key is gone, and nothing is sent', async ({
  newPhone,
  link,
  harbour,
  person,
}) => {
  const phone = await newPhone()
  const { app } = await phone.enrolLocked(await link(POLICY))
  const asked = await harbour.ask(person.username)
  await pendingBar(app).click()
  await app.evaluate(otherOutput)
  const gone = 'Your unlock key is gone from this device. Ask for a new link.'
  await pressApprove(app, sheet(app).getByRole('heading', { name: gone }))
  expect(phone.decisions).toEqual([])
  expect((await harbour.read(asked.id)).body.state).toBe('pending')
})

test('a browser without PRF can’t lock a token: it says so, and no token is made', async ({
  newPhone,
  link,
  harbour,
  person,
}) => {
  const phone = await newPhone()
  const app = await phone.open('/robots.txt')
  await addVirtualAuthenticator(app, { prf: false })
  await app.goto(await link(POLICY))
  await walkThrough(app)
  await app.getByRole('button', { name: 'Set up unlock' }).click()
  await expect(app.getByRole('alert')).toHaveText(
    'This browser can’t lock your token. Use Chrome or Safari, or ask your organisation for another kind of token.',
  )
  expect(phone.requested.filter((url) => url.endsWith('/activate'))).toEqual([])
  expect((await harbour.create(person.username)).status).toBe(409)
})

test('an enrolment whose unlock is cancelled can be tried again', async ({ newPhone, link, harbour, person }) => {
  const phone = await newPhone()
  const app = await phone.open('/robots.txt')
  const finger = await addVirtualAuthenticator(app)
  await app.goto(await link(POLICY))
  await walkThrough(app)
  await app.evaluate(cancelledOnce)
  const setUp = app.getByRole('button', { name: 'Set up unlock' })
  await setUp.click()
  await expect(app.getByRole('alert')).toHaveText('Unlock was cancelled. The token isn’t added yet.')
  expect((await harbour.create(person.username)).status).toBe(409)
  await setUp.click()
  await expect(app.getByRole('heading', { name: 'It works.' })).toBeVisible()
  expect(await finger.credentialCount()).toBe(1)
})

test('the unlock key never leaves the page: neither the store nor any call holds it', async ({ newPhone, link }) => {
  const phone = await newPhone()
  await phone.browser.context.addInitScript(rememberOutputs)
  const bodies: string[] = []
  phone.browser.context.on('request', (request) => bodies.push(request.postData() ?? ''))
  const { app } = await phone.enrolLocked(await link(POLICY))
  const { outputs, stored } = await app.evaluate(storedBesideOutputs)
  expect(outputs.length).toBeGreaterThan(0)
  for (const output of outputs) {
    expect(stored).not.toContain(output)
    expect(bodies.join()).not.toContain(output)
  }
})

// These run in the page.

/** As when the person closes the browser's own dialog. */
function cancelledOnce(): void {
  const create = navigator.credentials.create
  navigator.credentials.create = () => {
    navigator.credentials.create = create
    return Promise.reject(new DOMException('closed', 'NotAllowedError'))
  }
}

function failing(): void {
  navigator.credentials.get = () => Promise.reject(new DOMException('the reader is broken', 'UnknownError'))
}

/** As a browser or an authenticator that lost the extension with an update. */
function withoutOutput(): void {
  const get = navigator.credentials.get.bind(navigator.credentials)
  navigator.credentials.get = async (options) => {
    const credential = (await get(options)) as PublicKeyCredential
    credential.getClientExtensionResults = () => ({})
    return credential
  }
}

function otherOutput(): void {
  const get = navigator.credentials.get.bind(navigator.credentials)
  navigator.credentials.get = async (options) => {
    const credential = (await get(options)) as PublicKeyCredential
    const results = { prf: { results: { first: new Uint8Array(32).fill(7).buffer } } }
    credential.getClientExtensionResults = () => results as never
    return credential
  }
}

function rememberOutputs(): void {
  const outputs: string[] = []
  Object.assign(globalThis, { prfOutputs: outputs })
  const own = PublicKeyCredential.prototype.getClientExtensionResults
  PublicKeyCredential.prototype.getClientExtensionResults = function () {
    const results = own.call(this)
    const first = (results as { prf?: { results?: { first?: ArrayBuffer } } }).prf?.results?.first
    if (first) outputs.push([...new Uint8Array(first)].join(' '))
    return results
  }
}

/** The outputs seen so far, and every byte and word that the app's store holds. */
async function storedBesideOutputs(): Promise<{ outputs: string[]; stored: string }> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open('countersign')
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => resolve(opening.result)
  })
  const all = (name: string) =>
    new Promise<unknown[]>((resolve) => {
      const reading = database.transaction(name).objectStore(name).getAll()
      reading.onsuccess = () => resolve(reading.result)
    })
  const rows = await Promise.all([...database.objectStoreNames].map(all))
  database.close()
  const bytes = (value: unknown) => {
    if (value instanceof ArrayBuffer) return [...new Uint8Array(value)].join(' ')
    if (ArrayBuffer.isView(value))
      return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)].join(' ')
    return value
  }
  const stored = JSON.stringify(rows, (_name, value) => bytes(value))
  return { outputs: (globalThis as unknown as { prfOutputs: string[] }).prfOutputs, stored }
}
