// Every state of the login page and of the pages around it, looked at. With SCREENS set, pictures are in test/out/screens.
import { PASSWORD } from './house.ts'
import { visitHarbour } from './screens/harbour-pages.ts'
import { confirm, password, signedIn, waiting } from './screens/login-screen.ts'
import { lookAt } from './screens/look.ts'
import { expect, test } from './screens/stage.ts'

test('login: user name and password', async ({ login }) => {
  const page = await login.open(password())
  await expect(page.getByRole('textbox', { name: 'User name' })).toBeFocused()
  await lookAt(page, 'login-password')
})

test('login: the password shown, the name known, and a notice of the organisation', async ({ login }) => {
  const notice = 'Somebody is trying to sign in as our staff. Deny every request that you did not start.'
  const page = await login.open(password({ loginHint: 'alice', notice }))
  await expect(page.getByRole('status').filter({ hasText: notice })).toBeVisible()
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Show Password' }).click()
  await lookAt(page, 'login-password-shown')
})

test('login: user name or password is wrong', async ({ login }) => {
  login.answers.password = 'wrong-credentials'
  const page = await login.open(password({ loginHint: 'alice' }))
  await page.getByLabel('Password', { exact: true }).fill('wrong')
  await page.getByRole('button', { name: 'Next' }).click()
  await expect(page.getByText('User name or password is wrong.')).toBeVisible()
  await lookAt(page, 'login-wrong')
})

test('login: too many tries', async ({ login }) => {
  login.answers.password = 'too-many-requests'
  const page = await login.open(password({ loginHint: 'alice' }))
  await page.getByLabel('Password', { exact: true }).fill('wrong')
  await page.getByRole('button', { name: 'Next' }).click()
  await expect(page.getByText('Too many tries.')).toBeVisible()
  await lookAt(page, 'login-too-many')
})

test('login: confirm it’s you', async ({ login }) => {
  const page = await login.open(confirm())
  await expect(page.getByText('You will have 60 seconds to answer on your device.')).toBeVisible()
  await lookAt(page, 'login-confirm')
})

test('login: confirm, by a passcode; lost device', async ({ login }) => {
  const page = await login.open(confirm())
  await page.getByText('Type a passcode').click()
  await page.getByText('New or lost device?').click()
  await lookAt(page, 'login-confirm-passcode')
})

test('login: confirm, a wrong passcode', async ({ login }) => {
  login.answers.passcode = 'wrong-passcode'
  const page = await login.open(confirm())
  await page.getByText('Type a passcode').click()
  await page.getByRole('textbox', { name: 'Passcode' }).fill('123 456')
  await page.getByRole('button', { name: 'Submit' }).click()
  await expect(page.getByText('That passcode is wrong.')).toBeVisible()
  await lookAt(page, 'login-confirm-wrong-passcode')
})

test('login: confirm, push is paused', async ({ login }) => {
  const until = new Date(Date.now() + 600_000).toISOString()
  const page = await login.open(confirm({ push: { available: false, why: 'push-paused', until } }))
  await expect(page.getByText(/^Push is paused for this account until .+\. Type a passcode\.$/)).toBeVisible()
  await lookAt(page, 'login-confirm-paused')
})

test('login: confirm, no device is set up', async ({ login }) => {
  const page = await login.open(confirm({ push: { available: false, why: 'no-token' } }))
  await expect(page.getByText('No device is set up.')).toBeVisible()
  await lookAt(page, 'login-confirm-no-device')
})

test('login: confirm, what a policy leaves: a push with more time, which it refuses, and no way at all', async ({
  login,
}) => {
  login.answers.push = 'refused-by-policy'
  const page = await login.open(confirm({ typedPasscodes: false, requestSeconds: 600 }))
  await expect(page.getByText('You will have 10 minutes to answer on your device.')).toBeVisible()
  await expect(page.getByRole('radio')).toHaveCount(1)
  await page.getByRole('button', { name: 'Submit' }).click()
  await expect(page.getByText('Your organisation does not allow this sign-in.')).toBeVisible()
  await lookAt(page, 'login-confirm-refused')
  const until = new Date(Date.now() + 600_000).toISOString()
  await login.open(confirm({ typedPasscodes: false, push: { available: false, why: 'push-paused', until } }))
  await expect(page.getByText(/^Push is paused for this account\. Try again after \S/)).toBeVisible()
  await lookAt(page, 'login-confirm-no-way')
  await login.open(confirm({ typedPasscodes: false, push: { available: false, why: 'risk' } }))
  await expect(page.getByText('Something about this sign-in is unusual')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Submit' })).toBeHidden()
  await expect(page.getByText('New or lost device?')).toBeHidden()
  await lookAt(page, 'login-confirm-risk')
})

test('login: confirm, too many requests', async ({ login }) => {
  login.answers.push = 'too-many-requests'
  const page = await login.open(confirm())
  await page.getByRole('button', { name: 'Submit' }).click()
  await expect(page.getByText('Too many')).toBeVisible()
  await lookAt(page, 'login-confirm-too-many')
})

test('login: waiting, on its way', async ({ login }) => {
  const page = await login.open(waiting({ delivery: 'queued', since: 0 }))
  await lookAt(page, 'login-waiting-queued')
})

test('login: waiting, sent', async ({ login }) => {
  const page = await login.open(waiting())
  await expect(page.getByText('Open the notification on your device and type 42')).toBeVisible()
  await lookAt(page, 'login-waiting-sent')
})

test('login: waiting, nothing there after eight seconds', async ({ login }) => {
  const page = await login.open(waiting({ since: 12 }))
  await expect(page.getByText('Nothing there?')).toBeVisible()
  await lookAt(page, 'login-waiting-nothing')
})

test('login: waiting, shown on the device', async ({ login }) => {
  const page = await login.open(waiting({ delivery: 'shown', since: 52 }))
  await lookAt(page, 'login-waiting-shown')
})

test('login: waiting, without a number', async ({ login }) => {
  const page = await login.open(waiting({ number: null }))
  await expect(page.getByText('Open the notification on your device and approve.')).toBeVisible()
  await lookAt(page, 'login-waiting-plain')
})

test('login: waiting, a number of six digits', async ({ login }) => {
  const page = await login.open(waiting({ number: '402719' }))
  await lookAt(page, 'login-waiting-six')
})

test('login: waiting, push cannot reach the device', async ({ login }) => {
  const page = await login.open(waiting({ delivery: 'failed' }))
  await expect(page.getByText('Push can’t reach your device.')).toBeVisible()
  await expect(page.getByText(/^Open Countersign on your device and type \d+$/)).toBeVisible()
  await lookAt(page, 'login-waiting-failed')
})

test('login: waiting, the server is away for a moment, and what was said of it goes when it is back', async ({
  login,
}) => {
  const page = await login.open(waiting())
  login.answers.state = 'unreachable'
  const broke = page.getByRole('paragraph').filter({ hasText: 'The connection broke. This page tries again' })
  await expect(broke).toBeVisible()
  await expect(page.getByRole('alert')).toBeHidden()
  await lookAt(page, 'login-waiting-lost')
  delete login.answers.state
  await expect(broke).toBeHidden()
})

test('login: waiting, a passcode instead', async ({ login }) => {
  login.answers.passcode = 'passcodes-locked'
  const page = await login.open(waiting())
  await page.getByRole('button', { name: 'Type a passcode instead' }).click()
  await lookAt(page, 'login-waiting-instead')
  await page.getByRole('textbox', { name: 'Passcode' }).fill('123456')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Typed passcodes are locked')).toBeVisible()
  await lookAt(page, 'login-passcodes-locked')
})

test('login: approved, the passcode arrives', async ({ login }) => {
  login.answers.redeem = 'silence'
  const page = await login.open(waiting({ state: 'approved', delivery: 'shown', passcode: '21878691' }))
  await expect(page.getByLabel('Passcode')).toHaveValue('2187 8691')
  await lookAt(page, 'login-approved')
})

test('login: signed in', async ({ login }) => {
  login.answers.redeem = signedIn()
  const page = await login.open(waiting({ state: 'approved', delivery: 'shown', passcode: '21878691' }))
  await expect(page.getByText('Signed in. Taking you to Harbour…')).toBeVisible()
  await lookAt(page, 'login-signed-in')
})

const ENDS = {
  denied: waiting({ state: 'denied', reason: 'declined' }),
  'wrong-numbers': waiting({ state: 'denied', reason: 'wrong_number' }),
  reported: waiting({ state: 'denied', reason: 'not_me' }),
  expired: waiting({ state: 'expired' }),
  cancelled: waiting({ state: 'cancelled' }),
  late: waiting({ state: 'approved' }),
  'denied-and-paused': waiting(
    { state: 'denied', reason: 'declined' },
    { push: { available: false, why: 'push-paused', until: '2026-01-01T00:00:00.000Z' } },
  ),
}

for (const [end, view] of Object.entries(ENDS))
  test(`login: the request ended: ${end}`, async ({ login }) => {
    const page = await login.open(view)
    await lookAt(page, `login-end-${end}`)
  })

test('login: no sign-in is under way', async ({ login }) => {
  const page = await login.open('no-sign-in')
  await expect(page.getByText('Start again at the application')).toBeVisible()
  await lookAt(page, 'login-gone')
})

test('login: the server cannot be reached', async ({ login }) => {
  const page = await login.open('unreachable')
  await expect(page.getByText('Can’t reach the server')).toBeVisible()
  await lookAt(page, 'login-unreachable')
})

test('login: a part of the page did not come, and comes when it is opened anew', async ({ login }) => {
  await login.page.route('**/assets/later-steps-*', (route) => route.abort())
  const page = await login.open(waiting())
  await expect(page.getByText('Can’t reach the server')).toBeVisible()
  await page.unroute('**/assets/later-steps-*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('heading', { name: 'Answer on your device' })).toBeFocused()
})

test('OpenID Connect: an authorization that can’t go on', async ({ desk: page, installation }) => {
  await page.goto(`${installation.publicOrigin}/oidc/auth?client_id=nobody&response_type=code`)
  await expect(page.getByRole('heading', { name: 'This sign-in can’t continue' })).toBeVisible()
  await lookAt(page, 'oidc-error')
})

test('Harbour: welcome', async ({ desk: page }) => {
  await visitHarbour(page, '/')
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
  await lookAt(page, 'harbour-welcome')
})

test('Harbour: signed in', async ({ desk: page }) => {
  const amr = ['pwd', 'otp', 'swk', 'user', 'mfa']
  await visitHarbour(page, '/', { name: 'Alice', amr, acr: 'urn:countersign:acr:push', authTime: 1_795_000_000 })
  await expect(page.getByRole('heading', { name: 'Welcome aboard, Alice' })).toBeVisible()
  await lookAt(page, 'harbour-signed-in')
})

test('Harbour: not signed in', async ({ desk: page }) => {
  await visitHarbour(page, '/callback')
  await expect(page.getByRole('heading', { name: 'You are not signed in' })).toBeVisible()
  await lookAt(page, 'harbour-not-signed-in')
})
