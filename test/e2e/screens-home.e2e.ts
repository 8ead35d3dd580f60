// Every state of the codes, history and settings, looked at. With SCREENS set, pictures are in test/out/screens.
import { lookAt } from './screens/look.ts'
import { somePast, someRequest } from './screens/sayings.ts'
import { expect, test } from './screens/stage.ts'

test('home: one token and its code', async ({ handset }) => {
  const page = await handset.open()
  await expect(page.getByRole('button', { name: 'Copy code' })).toBeVisible()
  await expect(page.getByText('Notifications are off')).toBeHidden()
  await lookAt(page, 'home-one-token')
})

test('home: several tokens, one suspended, one removed', async ({ handset }) => {
  handset.tokens = [
    handset.shown(),
    handset.another({ label: 'Payroll', username: 'alice@harbour.example', otp: { digits: 8, period: 60 } }),
    handset.another({ label: 'Old harbour', state: 'suspended' }),
  ]
  const removed = handset.another({ label: 'Lighthouse' })
  handset.answers['GET /tokens'] = { json: { tokens: handset.tokens } }
  handset.tokens = [removed, ...handset.tokens]
  const page = await handset.open()
  await expect(page.getByText('Your organisation has removed this token.')).toBeVisible()
  await expect(page.getByRole('article').last()).toContainText('Lighthouse')
  await lookAt(page, 'home-several-tokens')
})

test('home: two tokens of one name say when they were added', async ({ handset }) => {
  handset.tokens.push(handset.another({ createdAt: '2026-03-02T09:05:00.000Z' }), handset.another({ label: 'VPN' }))
  const page = await handset.open()
  await expect(page.getByText(/^Added .*2026/)).toHaveCount(2)
  await lookAt(page, 'home-alike')
})

test('home: codes hidden until tapped', async ({ handset }) => {
  handset.preferences.hideCodes = true
  const page = await handset.open()
  await expect(page.getByRole('button', { name: 'Show code' })).toBeVisible()
  await lookAt(page, 'home-hidden-codes')
})

test('home: a locked token', async ({ handset }) => {
  handset.tokens = [handset.another({ unlock: 'webauthn', sealed: true })]
  const page = await handset.open()
  await expect(page.getByRole('button', { name: 'Unlock' })).toBeVisible()
  await lookAt(page, 'home-locked')
})

test('home: the menu of a token', async ({ handset }) => {
  const page = await handset.open()
  await page.getByRole('button', { name: 'More about Harbour' }).click()
  await expect(page.getByRole('menuitem', { name: 'Rename' })).toBeVisible()
  await lookAt(page, 'home-menu', { keyboard: false })
})

test('home: a token is renamed, and the name is refused', async ({ handset }) => {
  const page = await handset.open()
  await page.getByRole('button', { name: 'More about Harbour' }).click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill(' ')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await lookAt(page, 'home-rename')
})

test('home: a token is removed while the server cannot be told', async ({ handset }) => {
  handset.answers[`DELETE /tokens/${handset.tokenId}`] = 'unreachable'
  const page = await handset.open()
  await page.getByRole('button', { name: 'More about Harbour' }).click()
  await page.getByRole('menuitem', { name: 'Remove' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('The server couldn’t be told. Try again when you are online.')).toBeVisible()
  await lookAt(page, 'home-remove')
})

test('home: a code copied', async ({ handset }) => {
  await handset.page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await handset.open()
  await page.getByRole('button', { name: 'Copy code' }).click()
  await expect(page.getByText('Copied')).toBeVisible()
  await lookAt(page, 'home-copied')
})

test('home: offline', async ({ handset }) => {
  handset.answers['*'] = 'unreachable'
  await handset.page.addInitScript(() => Object.defineProperty(navigator, 'onLine', { value: false }))
  const page = await handset.open()
  await expect(page.getByText('Offline. Codes still work.')).toBeVisible()
  await lookAt(page, 'home-offline')
})

test('home: the server cannot be reached', async ({ handset }) => {
  handset.answers['*'] = 'unreachable'
  const page = await handset.open()
  await expect(page.getByText('Can’t reach Harbour. Retrying…')).toBeVisible()
  await lookAt(page, 'home-unreachable')
})

test('home: the organisation removed this device', async ({ handset }) => {
  handset.answers['*'] = { refuse: 'unknown-device' }
  const page = await handset.open()
  await expect(page.getByText('This device was removed by your organisation.')).toBeVisible()
  await lookAt(page, 'home-revoked')
})

test('pending bar: one request', async ({ handset }) => {
  handset.requests = [someRequest(handset.tokenId, { since: 2 })]
  const page = await handset.open()
  await expect(page.getByRole('link', { name: '1 sign-in request' })).toBeVisible()
  // Handsets of these tests ask for less motion.
  await expect(page.getByRole('complementary')).toHaveCSS('animation-name', /^appear/)
  await lookAt(page, 'bar-one')
})

test('pending bar: several requests', async ({ handset }) => {
  handset.requests = [
    someRequest(handset.tokenId, { since: 21, left: 39 }),
    someRequest(handset.tokenId, { application: 'Fleet', since: 40, left: 20 }),
  ]
  const page = await handset.open()
  await expect(page.getByRole('link', { name: '2 sign-in requests' })).toBeVisible()
  await lookAt(page, 'bar-several')
})

test('token page: all that is known of one', async ({ handset }) => {
  handset.tokens = [handset.shown({ numberDigits: 6, lastUsedAt: '2026-11-20T09:12:00.000Z' })]
  const page = await handset.open(`/tokens/${handset.tokenId}`)
  await expect(page.getByText('Asks for')).toBeVisible()
  await lookAt(page, 'token')
})

test('token page: not on this device', async ({ handset }) => {
  const page = await handset.open('/tokens/tok_00000000000000000000000000')
  await expect(page.getByText('This token is not on this device.')).toBeVisible()
  await lookAt(page, 'token-gone')
})

test('history: nothing yet', async ({ handset }) => {
  const page = await handset.open('/history')
  await expect(page.getByText('Sign-ins you answer will appear here.')).toBeVisible()
  await lookAt(page, 'history-empty')
})

test('history: every outcome, by day', async ({ handset }) => {
  const past = (about: Parameters<typeof somePast>[1]) => somePast(handset.tokenId, about)
  const DAY = 24 * 60
  handset.history = [
    past({ minutesAgo: 3 }),
    past({ minutesAgo: 6, state: 'denied', reason: 'declined', application: 'Fleet' }),
    past({ minutesAgo: 30, state: 'denied', reason: 'not_me', context: {} }),
    past({ minutesAgo: DAY, state: 'denied', reason: 'wrong_number', decidedHere: false }),
    past({ minutesAgo: DAY + 9, state: 'expired' }),
    past({ minutesAgo: DAY + 60, state: 'cancelled' }),
    past({ minutesAgo: DAY + 70, state: 'denied', reason: 'wrong_passcode' }),
    past({ minutesAgo: 3 * DAY, purpose: 'verify-caller', decidedHere: false }),
  ]
  const page = await handset.open('/history')
  await expect(page.getByText('Denied: wrong numbers')).toBeVisible()
  await lookAt(page, 'history')
})

test('history: a sign-in is reported', async ({ handset }) => {
  handset.history = [somePast(handset.tokenId, { minutesAgo: 3 })]
  const page = await handset.open('/history')
  await page.getByRole('button', { name: 'It wasn’t me!' }).click()
  await expect(page.getByRole('heading', { name: 'Report this sign-in?' })).toBeVisible()
  await lookAt(page, 'history-report')
  handset.answers['POST /decisions'] = { json: { state: 'denied', reason: 'not_me' } }
  await page.getByRole('dialog').getByRole('button', { name: 'It wasn’t me!' }).click()
  await expect(page.getByText('Someone may know your password: change it now.')).toBeVisible()
  await lookAt(page, 'history-reported')
})

test('history: needs a connection', async ({ handset }) => {
  handset.answers['*'] = 'unreachable'
  const page = await handset.open('/history')
  await expect(page.getByText('History needs a connection.')).toBeVisible()
  await lookAt(page, 'history-unreachable')
})

test('settings: all sections', async ({ handset }) => {
  handset.tokens.push(handset.another({ label: 'VPN', unlock: 'webauthn', sealed: true }))
  const page = await handset.open('/settings')
  await expect(page.getByRole('button', { name: 'Send a test' })).toBeVisible()
  await lookAt(page, 'settings')
})

test('settings: a test that came, details copied, a name kept', async ({ handset }) => {
  await handset.page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await handset.open('/settings')
  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByRole('button', { name: 'Copy', exact: true }).click()
  await page.getByRole('textbox', { name: 'Device name' }).fill('Alice’s phone')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Saved')).toBeVisible()
  await expect(page.getByText('Copied')).toBeVisible()
  await lookAt(page, 'settings-done')
})

test('settings: everything is removed, by typing a word', async ({ handset }) => {
  const page = await handset.open('/settings#remove')
  await page.getByRole('dialog').getByRole('textbox').fill('remov')
  await expect(page.getByRole('dialog')).toBeVisible()
  await lookAt(page, 'settings-remove')
})
