// Every state of a request on the sheet, looked at. With SCREENS set, pictures are in test/out/screens.
import type { Page } from '@playwright/test'
import { approve, sheet } from './phone.ts'
import { lookAt } from './screens/look.ts'
import { someRequest } from './screens/sayings.ts'
import { expect, test } from './screens/stage.ts'

const NUMBER = 'Type the number on your sign-in page'
const TWO = { number: { digits: 2 as const } }

/** Presses Approve until the sheet takes it and says so. */
async function press(page: Page, said: string): Promise<void> {
  const answer = sheet(page).getByText(said)
  await expect(async () => {
    if (await answer.isHidden()) await sheet(page).getByRole('button', { name: 'Approve' }).click({ timeout: 1_000 })
    await expect(answer).toBeVisible({ timeout: 1_000 })
  }).toPass()
}

test('request: who, where, when and the two answers', async ({ handset }) => {
  const page = await handset.openRequest(someRequest(handset.tokenId))
  await expect(sheet(page).getByText('Near Rotterdam, Netherlands (estimate)')).toBeVisible()
  await lookAt(page, 'request')
})

test('request: nothing is known of where it comes from', async ({ handset }) => {
  const page = await handset.openRequest(someRequest(handset.tokenId, { context: {} }))
  await sheet(page).getByText('Details').click()
  await expect(sheet(page).getByText('Place not known')).toBeVisible()
  await lookAt(page, 'request-unknown-place')
})

test('request: a number to type, none typed yet', async ({ handset }) => {
  const page = await handset.openRequest(someRequest(handset.tokenId, TWO))
  await expect(sheet(page).getByRole('button', { name: 'Approve' })).toHaveAttribute('aria-disabled', 'true')
  await lookAt(page, 'request-number')
})

test('request: where colours are forced, the digits typed stand in their boxes only', async ({ handset }) => {
  const page = await handset.openRequest(someRequest(handset.tokenId, TWO))
  await page.emulateMedia({ forcedColors: 'active' })
  const field = sheet(page).getByLabel(NUMBER)
  await field.fill('42')
  await expect(field).toHaveCSS('color', 'rgba(0, 0, 0, 0)')
  await page.emulateMedia({ forcedColors: null })
})

test('request: a number typed', async ({ handset }) => {
  const page = await handset.openRequest(someRequest(handset.tokenId, TWO))
  await sheet(page).getByLabel(NUMBER).fill('42')
  await lookAt(page, 'request-number-typed')
})

test('request: a number of six digits', async ({ handset }) => {
  const page = await handset.openRequest(someRequest(handset.tokenId, { number: { digits: 6 } }))
  await sheet(page).getByLabel(NUMBER).fill('4210')
  await lookAt(page, 'request-number-six')
})

test('request: a wrong number', async ({ handset }) => {
  handset.answers['POST /decisions'] = { refuse: 'wrong-passcode', members: { triesLeft: 2 } }
  const page = await handset.openRequest(someRequest(handset.tokenId, TWO))
  await sheet(page).getByLabel(NUMBER).fill('41')
  await press(page, 'That is not the number. 2 tries left.')
  await lookAt(page, 'request-wrong-number')
})

test('request: three wrong numbers', async ({ handset }) => {
  handset.answers['POST /decisions'] = { refuse: 'wrong-passcode', members: { triesLeft: 0 } }
  const page = await handset.openRequest(someRequest(handset.tokenId, TWO))
  await sheet(page).getByLabel(NUMBER).fill('41')
  await press(page, 'Three wrong numbers. Denied.')
  await lookAt(page, 'request-three-wrong')
})

test('request: from a new place', async ({ handset }) => {
  const context = { ip: '2001:db8::7', location: 'Lima, Peru', client: 'Firefox on Linux', notice: 'new-place' }
  const page = await handset.openRequest(someRequest(handset.tokenId, { ...TWO, context }))
  await expect(sheet(page).getByText('New place for you')).toBeVisible()
  await lookAt(page, 'request-new-place')
})

test('request: several are asking', async ({ handset }) => {
  handset.requests = [someRequest(handset.tokenId, { application: 'Fleet', since: 20 })]
  const page = await handset.openRequest(someRequest(handset.tokenId, TWO))
  await expect(sheet(page).getByText('Several sign-ins are asking as alice.')).toBeVisible()
  await lookAt(page, 'request-several')
})

test('request: what the application says stands below its name, quoted', async ({ handset }) => {
  const context = {
    location: 'Rotterdam, Netherlands',
    resource: 'Payroll, March',
    message: 'Transfer of € 12,400.00 to Dockside Repairs',
  }
  const page = await handset.openRequest(someRequest(handset.tokenId, { context }))
  await expect(sheet(page).getByText('Harbour says')).toBeVisible()
  await lookAt(page, 'request-quoted')
})

test('request: everything at once', async ({ handset }) => {
  handset.requests = [someRequest(handset.tokenId, { application: 'Fleet', since: 20 })]
  const context = {
    ip: '203.0.113.7',
    location: 'Lima, Peru',
    client: 'Firefox on Linux',
    notice: 'new-place',
    resource: 'Payroll, March',
    message: 'Transfer of € 12,400.00 to Dockside Repairs',
  }
  const page = await handset.openRequest(someRequest(handset.tokenId, { number: { digits: 6 }, context }))
  await sheet(page).getByText('Details').click()
  await lookAt(page, 'request-everything')
})

test('request: somebody on the telephone', async ({ handset }) => {
  const asked = someRequest(handset.tokenId, { purpose: 'verify-caller', context: {}, application: 'Payroll' })
  const page = await handset.openRequest(asked)
  await expect(sheet(page).getByText('This signs nobody in.')).toBeVisible()
  // Whoever asks asks in their own name, never in the organisation's.
  await expect(sheet(page).getByRole('heading', { name: 'Are you talking to Payroll’s help desk?' })).toBeVisible()
  await expect(sheet(page).getByRole('button', { name: /^(Yes, I am|No)$/ })).toHaveCount(2)
  await lookAt(page, 'request-verify-caller')
})

test('request: waiting for the unlock', async ({ handset }) => {
  handset.tokens = [handset.another({ unlock: 'webauthn', sealed: true })]
  const [token] = handset.tokens
  // The browser's own prompt stays open.
  await handset.page.addInitScript(() => {
    navigator.credentials.get = () => new Promise(() => undefined)
  })
  const page = await handset.openRequest(someRequest(token?.id ?? handset.tokenId, { unlock: 'webauthn' }))
  await press(page, 'Waiting for your unlock…')
  await lookAt(page, 'request-unlocking')
})

test('request: the unlock was cancelled', async ({ handset }) => {
  handset.tokens = [handset.another({ unlock: 'webauthn', sealed: true })]
  const [token] = handset.tokens
  await handset.page.addInitScript(() => {
    navigator.credentials.get = () => Promise.reject(new DOMException('', 'NotAllowedError'))
  })
  const page = await handset.openRequest(someRequest(token?.id ?? handset.tokenId, { ...TWO, unlock: 'webauthn' }))
  await sheet(page).getByLabel(NUMBER).fill('42')
  await press(page, 'Unlock was cancelled. Nothing was sent.')
  await lookAt(page, 'request-unlock-cancelled')
})

test('request: ten seconds left', async ({ handset }) => {
  const page = await handset.openRequest(someRequest(handset.tokenId, { ...TWO, since: 0, left: 60 }))
  await handset.later(52)
  await expect(sheet(page).getByText(/^Asked 5\d seconds ago$/)).toBeVisible()
  await lookAt(page, 'request-ten-seconds')
})

test('request: expired', async ({ handset }) => {
  const page = await handset.openRequest(someRequest(handset.tokenId))
  await handset.later(61)
  await expect(sheet(page).getByText('This request has expired. Nothing was approved.')).toBeVisible()
  await lookAt(page, 'request-expired')
})

test('request: sending', async ({ handset }) => {
  handset.answers['POST /decisions'] = 'silence'
  const page = await handset.openRequest(someRequest(handset.tokenId, TWO))
  await sheet(page).getByLabel(NUMBER).fill('42')
  await press(page, 'Sending…')
  await lookAt(page, 'request-sending')
})

test('request: the answer could not be sent, and is tried again', async ({ handset }) => {
  handset.answers['POST /decisions'] = 'unreachable'
  const page = await handset.openRequest(someRequest(handset.tokenId))
  await press(page, 'Could not send. Trying again…')
  await lookAt(page, 'request-retrying')
})

test('request: the server was not reached in time', async ({ handset }) => {
  handset.answers['POST /decisions'] = 'unreachable'
  const page = await handset.openRequest(someRequest(handset.tokenId))
  await press(page, 'Could not send. Trying again…')
  await handset.later(61)
  await expect(sheet(page).getByText('We couldn’t reach the server in time.')).toBeVisible()
  await lookAt(page, 'request-unanswered')
})

test('request: approved', async ({ handset }) => {
  handset.answers['POST /decisions'] = { json: { state: 'approved', reason: null } }
  const page = await handset.openRequest(someRequest(handset.tokenId))
  await approve(page)
  await expect(sheet(page).getByRole('button', { name: 'I shouldn’t have approved this' })).toBeVisible()
  await lookAt(page, 'request-approved')
})

test('request: a caller confirmed', async ({ handset }) => {
  handset.answers['POST /decisions'] = { json: { state: 'approved', reason: null } }
  const page = await handset.openRequest(someRequest(handset.tokenId, { purpose: 'verify-caller' }))
  await approve(page)
  await lookAt(page, 'request-caller-confirmed')
})

test('request: denied, and was this you?', async ({ handset }) => {
  handset.answers['POST /decisions'] = { json: { state: 'denied', reason: 'declined' } }
  const page = await handset.openRequest(someRequest(handset.tokenId))
  await sheet(page).getByRole('button', { name: 'Deny' }).click()
  await expect(sheet(page).getByRole('heading', { name: 'Denied. Was this you?' })).toBeVisible()
  await lookAt(page, 'request-denied')
})

test('request: reported', async ({ handset }) => {
  handset.answers['POST /decisions'] = { json: { state: 'denied', reason: 'declined' } }
  const page = await handset.openRequest(someRequest(handset.tokenId))
  await sheet(page).getByRole('button', { name: 'Deny' }).click()
  handset.answers['POST /decisions'] = { json: { state: 'denied', reason: 'not_me' } }
  await sheet(page).getByRole('button', { name: 'It wasn’t me!' }).click()
  await expect(sheet(page).getByText('Reported. This sign-in was stopped.')).toBeVisible()
  await lookAt(page, 'request-reported')
})

test('request: reported, and somebody is in already', async ({ handset }) => {
  handset.answers['POST /decisions'] = { json: { state: 'approved', reason: null } }
  const page = await handset.openRequest(someRequest(handset.tokenId))
  await approve(page)
  await sheet(page).getByRole('button', { name: 'I shouldn’t have approved this' }).click()
  await expect(sheet(page).getByText('A sign-in had already gone through.')).toBeVisible()
  await lookAt(page, 'request-reported-late')
})

test('request: cancelled by the sign-in page', async ({ handset }) => {
  const request = someRequest(handset.tokenId)
  const page = await handset.openRequest(request)
  handset.over(request, { state: 'cancelled', reason: null })
  await expect(sheet(page).getByText('The sign-in page cancelled this.')).toBeVisible()
  await lookAt(page, 'request-cancelled')
})

test('request: answered on another device', async ({ handset }) => {
  const request = someRequest(handset.tokenId)
  const page = await handset.openRequest(request)
  handset.over(request, { state: 'approved', reason: null })
  await expect(sheet(page).getByText('Answered on another device.')).toBeVisible()
  await lookAt(page, 'request-elsewhere')
})

test('request: the organisation must unlock this token', async ({ handset }) => {
  handset.answers['POST /decisions'] = { refuse: 'token-inactive' }
  const page = await handset.openRequest(someRequest(handset.tokenId))
  await press(page, 'Your organisation must unlock this token.')
  await lookAt(page, 'request-token-inactive')
})

test('request: the server does not accept it', async ({ handset }) => {
  handset.answers['POST /decisions'] = { refuse: 'wrong-passcode', members: { triesLeft: 1 } }
  const page = await handset.openRequest(someRequest(handset.tokenId))
  await press(page, 'The server didn’t accept this device’s answer. Check its clock, then try again. 1 try left.')
  await lookAt(page, 'request-wrong-passcode')
})

test('request: there is no such request', async ({ handset }) => {
  handset.answers['*'] = { refuse: 'unknown-request' }
  const page = await handset.open('/requests/req_00000000000000000000000000')
  await expect(sheet(page).getByText('There is no such request for this device.')).toBeVisible()
  await lookAt(page, 'request-gone')
})

test('request: it could not be read', async ({ handset }) => {
  handset.answers['*'] = 'unreachable'
  const page = await handset.open('/requests/req_00000000000000000000000000')
  await expect(sheet(page).getByText('The request couldn’t be loaded.')).toBeVisible()
  await lookAt(page, 'request-unreadable')
})
