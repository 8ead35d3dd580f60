// The whole road: from a site to the hosted login page, to the phone and back, on real parts.
import type { BrowserContext } from '@playwright/test'
import { ACR_PASSCODE, ACR_PUSH } from '../../protocol/sign-in.ts'
import { codeOn, nextCode } from './codes.ts'
import { expect, type Person } from './house.ts'
import type { Installation } from './installation.ts'
import { sheet } from './phone.ts'
import { testOn } from './place.ts'
import { AUTOSEND, SignIn, test } from './sign-in.ts'

const HOUSES = [
  { store: 'SQLite', apart: false },
  { store: 'PostgreSQL', apart: false },
  { store: 'SQLite', apart: true },
  { store: 'PostgreSQL', apart: true },
] as const

for (const { store, apart } of HOUSES) {
  const on = testOn({ store, apart })

  on(
    `${store}, ${apart ? 'the authenticator on an origin of its own' : 'one origin'}: user and password, redirect to the organisation’s page, 'Use my mobile to autosend a passcode', Submit, Approve; the passcode reaches the login page, which logs in by itself`,
    async ({ enrolledPhone, person: { username }, site, computer, installation }) => {
      const phone = await enrolledPhone()
      const seen = await passcodesSeen(computer)
      const signIn = await SignIn.at(site, computer)
      expect(new URL(signIn.page.url()).origin).toBe(installation.publicOrigin)
      await (await signIn.as(username)).push()
      const number = await signIn.number()

      const notification = await phone.asked()
      const app = await phone.opens(() => phone.tray.press(notification, 'Approve'))
      expect(new URL(app.url()).origin).toBe(installation.appOrigin)
      await sheet(app).getByLabel('Type the number on your sign-in page').fill(number)
      await expect(sheet(app).getByRole('heading', { name: 'Approved' })).toBeVisible()

      // From here on nobody touches the computer.
      await signIn.arrives(site, { username, amr: 'pwd otp swk mfa', acr: ACR_PUSH })
      expect(seen.map((text) => text.replace(' ', '').length)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
      expect(seen.at(-1)).toMatch(/^\d{4} \d{4}$/)
      for (const [index, text] of seen.slice(1).entries()) expect(text.startsWith(seen[index] ?? '')).toBe(true)
    },
  )
}

test('typed passcode instead: the code that the device shows signs in, and nothing is sent', async ({
  enrolledPhone,
  installation,
  person,
  site,
  computer,
}) => {
  const phone = await enrolledPhone()
  await nextCode(installation, person)
  const signIn = await (await SignIn.at(site, computer)).as(person.username)
  await signIn.typed(await codeOn(await phone.open('/')))
  await signIn.arrives(site, { username: person.username, amr: 'pwd otp mfa', acr: ACR_PASSCODE })
  expect(await requestsOf(installation, person)).toEqual([])
})

test('typed passcode instead of waiting: the request is taken back, and its notification with it', async ({
  enrolledPhone,
  installation,
  person,
  site,
  computer,
}) => {
  const phone = await enrolledPhone()
  await nextCode(installation, person)
  const signIn = await (await (await SignIn.at(site, computer)).as(person.username)).push()
  const notification = await phone.asked()
  await signIn.button('Type a passcode instead').click()
  await signIn.page.getByLabel('Passcode', { exact: true }).fill(await codeOn(await phone.open('/')))
  await signIn.button('Sign in').click()
  await signIn.arrives(site, { username: person.username, amr: 'pwd otp mfa', acr: ACR_PASSCODE })
  await phone.tray.whenClosed(notification)
  expect(await requestsOf(installation, person)).toEqual([{ state: 'cancelled', reason: null }])
})

test('a wrong passcode is told, and the next one may be typed', async ({
  enrolledPhone,
  installation,
  person,
  site,
  computer,
}) => {
  const phone = await enrolledPhone()
  await nextCode(installation, person)
  const signIn = await (await SignIn.at(site, computer)).as(person.username)
  const code = await codeOn(await phone.open('/'))
  await signIn.typed(code.replace(/\d/g, (digit) => String((Number(digit) + 5) % 10)))
  await expect(signIn.page.getByRole('alert')).toHaveText('That passcode is wrong. Try the next one.')
  await signIn.typed(code)
  await signIn.arrives(site, { username: person.username, amr: 'pwd otp mfa', acr: ACR_PASSCODE })
})

test('denied: the login page says so, sends nothing by itself, and Harbour lets nobody in', async ({
  enrolledPhone,
  installation,
  person,
  site,
  computer,
}) => {
  const phone = await enrolledPhone()
  const signIn = await (await (await SignIn.at(site, computer)).as(person.username)).push()
  await phone.tray.press(await phone.asked(), 'Deny')
  await phone.told('Denied')
  await expect(signIn.heading('The request was denied on your device.')).toBeFocused()
  expect(await requestsOf(installation, person)).toEqual([{ state: 'denied', reason: 'declined' }])
  await signIn.turnsBack()
})

test('Deny, then ‘It wasn’t me!’: every sign-in that asks as this person ends, and the management system has the event', async ({
  enrolledPhone,
  installation,
  person,
  site,
  computer,
  computers,
}) => {
  const phone = await enrolledPhone()
  const [stranger, own] = await Promise.all([
    SignIn.at(site, await computers.newContext()).then((signIn) => signIn.as(person.username)),
    SignIn.at(site, computer).then((signIn) => signIn.as(person.username)),
  ])
  await stranger.push()
  const notification = await phone.asked()
  await own.push()
  await phone.tray.press(await phone.asked(), 'Deny')
  await phone.tray.press(await phone.told('Denied'), 'It wasn’t me!')
  await phone.told('Reported. This sign-in was stopped.')

  await expect(stranger.heading('This sign-in was reported. Contact your organisation.')).toBeFocused()
  await expect(stranger.button('Send again')).toBeHidden()
  await expect(own.heading('The request was denied on your device.')).toBeVisible()
  expect(await requestsOf(installation, person)).toEqual([
    { state: 'denied', reason: 'not_me' },
    { state: 'denied', reason: 'declined' },
  ])
  expect(await eventsOf(installation, person)).toEqual(['push-paused', 'report', 'token-activated'])
  expect(notification.state).not.toBe('shown')

  // Nobody is asked any more, whoever knows the password.
  await own.button('Send again').click()
  await expect(own.page.getByText('Push is paused for this account. Type a passcode.')).toBeVisible()
  await stranger.page.context().close()
})

test('paused: the page says so and takes a typed passcode', async ({
  enrolledPhone,
  installation,
  person,
  site,
  computer,
}) => {
  const phone = await enrolledPhone()
  await nextCode(installation, person)
  await installation.store.write((tx) =>
    tx
      .updateTable('throttles')
      .set({ push_paused_until: Date.now() + 900_000 })
      .where('user_id', '=', person.id)
      .execute(),
  )
  const signIn = await (await SignIn.at(site, computer)).as(person.username)
  await expect(signIn.page.getByText(/^Push is paused for this account until .+\. Type a passcode\.$/)).toBeVisible()
  await expect(signIn.page.getByRole('radio', { name: AUTOSEND })).toBeDisabled()
  await signIn.typed(await codeOn(await phone.open('/')))
  await signIn.arrives(site, { username: person.username, amr: 'pwd otp mfa', acr: ACR_PASSCODE })
})

test('no device: the page says so and how to get one, and asks nobody', async ({ person, site, computer }) => {
  const signIn = await (await SignIn.at(site, computer)).as(person.username)
  await expect(signIn.page.getByRole('alert')).toHaveText(
    'No device is set up. Ask your organisation for an activation link.',
  )
  await expect(signIn.button('Submit')).toBeHidden()
  await signIn.turnsBack()
})

/** With a lifetime that no person could answer in. */
const hasty = testOn({ store: 'SQLite', apart: false, limits: { requestLifetime: { seconds: 2 } } })

hasty(
  'expired: the page says so; sent again, it is a request of its own',
  async ({ enrolledPhone, installation, person, site, computer }) => {
    const phone = await enrolledPhone()
    const signIn = await (await SignIn.at(site, computer)).as(person.username)
    await expect(signIn.page.getByText('You will have 2 seconds to answer on your device.')).toBeVisible()
    await signIn.push()
    const first = await phone.asked()
    await expect(signIn.heading('No answer in time.')).toBeFocused()
    await signIn.button('Send again').click()
    await expect(signIn.heading('Answer on your device')).toBeVisible()
    const second = await phone.asked()
    expect(second).not.toBe(first)
    await expect(signIn.heading('No answer in time.')).toBeVisible()
    await expect
      .poll(() => requestsOf(installation, person))
      .toEqual([
        { state: 'expired', reason: null },
        { state: 'expired', reason: null },
      ])
    await signIn.turnsBack()
  },
)

/** What was asked of this person, first to last. */
function requestsOf({ store }: Installation, { id }: Person) {
  return store.read
    .selectFrom('login_requests')
    .select(['state', 'reason'])
    .where('user_id', '=', id)
    .orderBy('created_at')
    .execute()
}

/** What waits to be told to the organisation's management system. */
async function eventsOf({ store }: Installation, { id }: Person): Promise<string[]> {
  const events = await store.read
    .selectFrom('security_events')
    .select('kind')
    .where('user_id', '=', id)
    .orderBy('kind')
    .execute()
  return events.map(({ kind }) => kind)
}

/** What stood in the passcode's field, one after the other. */
async function passcodesSeen(context: BrowserContext): Promise<readonly string[]> {
  const seen: string[] = []
  await context.exposeFunction('passcodeShown', (text: string) => void seen.push(text))
  await context.addInitScript(() => {
    const { prototype } = HTMLInputElement
    const { get, set } = Object.getOwnPropertyDescriptor(prototype, 'value') as Required<PropertyDescriptor>
    Object.defineProperty(prototype, 'value', {
      configurable: true,
      get,
      set(this: HTMLInputElement, text: string) {
        set.call(this, text)
        const { passcodeShown } = globalThis as unknown as { passcodeShown(text: string): void }
        if (this.name === 'passcode') passcodeShown(text)
      },
    })
  })
  return seen
}
