// Deny, and 'It wasn't me!', which reaches those who look after the organisation's sign-ins.
import type { WireApplication } from '../support/wire-application.ts'
import { expect, type Person, test } from './house.ts'
import type { Installation } from './installation.ts'
import { approve, buttonsOf, pendingBar, pressApprove, sheet } from './phone.ts'

const REPORT = 'It wasn’t me!'

/** What the organisation will be told about this person, by kind. */
async function securityEvents({ store }: Installation, { id }: Person) {
  const rows = await store.read
    .selectFrom('security_events')
    .selectAll()
    .where('user_id', '=', id as never)
    .orderBy('kind')
    .execute()
  return rows.map(({ kind, detail }) => ({ kind, ...JSON.parse(detail) }))
}

async function audited({ store }: Installation, { id }: Person): Promise<string[]> {
  const rows = await store.read
    .selectFrom('audit')
    .select('kind')
    .where('user_id', '=', id as never)
    .orderBy('seq')
    .execute()
  return rows.map(({ kind }) => kind)
}

test('Deny, then ‘It wasn’t me!’, both on the notification: the app never opens', async ({
  enrolledPhone,
  harbour,
  installation,
  person,
}) => {
  const phone = await enrolledPhone()
  const asked = await harbour.ask(person.username)
  await phone.tray.press(await phone.asked(), 'Deny')
  const denied = await phone.told('Denied')
  expect(denied.body).toContain('Was this you?')
  expect(buttonsOf(denied)).toEqual([REPORT])
  expect((await harbour.read(asked.id)).body).toMatchObject({ state: 'denied', reason: 'declined' })

  await phone.tray.press(denied, REPORT)
  const reported = await phone.told('Reported. This sign-in was stopped.')
  expect(reported.body).toContain('Someone may know your password: change it now.')
  expect(phone.windows()).toEqual([])
  expect(await audited(installation, person)).toEqual(expect.arrayContaining(['denied', 'report', 'push-paused']))
  expect(await securityEvents(installation, person)).toMatchObject([
    { kind: 'push-paused' },
    { kind: 'report', request: asked.id, redeemed: false },
    { kind: 'token-activated' },
  ])
})

test('one that whoever asked took back before it was answered can be reported all the same', async ({
  enrolledPhone,
  harbour,
  installation,
  person,
}) => {
  const phone = await enrolledPhone()
  const asked = await harbour.ask(person.username)
  const app = await phone.open(`/requests/${asked.id}`)
  await expect(sheet(app).getByRole('button', { name: 'Deny' })).toBeVisible()
  await harbour.cancel(asked.id)
  await expect(sheet(app).getByRole('heading', { name: 'The sign-in page cancelled this.' })).toBeVisible()
  await sheet(app).getByRole('button', { name: REPORT }).click()
  await expect(sheet(app).getByRole('heading', { name: 'Reported. This sign-in had already ended.' })).toBeVisible()
  expect(await audited(installation, person)).toEqual(expect.arrayContaining(['cancelled', 'report', 'push-paused']))
})

test('Deny in the app, then ‘It wasn’t me!’: three pending, one reported, all are denied; push is paused', async ({
  enrolledPhone,
  harbour,
  fleet,
  installation,
  person,
}) => {
  const phone = await enrolledPhone()
  const first = await harbour.ask(person.username)
  const second = await fleet.ask(person.username)
  const third = await harbour.ask(person.username)
  const app = await phone.open(`/requests/${third.id}`)
  await sheet(app).getByRole('button', { name: 'Deny' }).click()
  await expect(sheet(app).getByRole('heading', { name: 'Denied. Was this you?' })).toBeVisible()
  await expect(sheet(app)).toContainText('Your organisation will be warned, and requests to you pause for 15 minutes.')
  await sheet(app).getByRole('button', { name: REPORT }).click()
  await expect(sheet(app).getByRole('heading', { name: 'Reported. This sign-in was stopped.' })).toBeVisible()
  await expect(sheet(app)).toContainText('Someone may know your password: change it now.')
  await expect(sheet(app)).toContainText(/Push is paused until \d{1,2}:\d\d.*Codes still work\./)

  expect((await harbour.read(first.id)).body).toMatchObject({ state: 'denied', reason: 'not_me' })
  expect((await fleet.read(second.id)).body).toMatchObject({ state: 'denied', reason: 'not_me' })
  expect((await harbour.read(third.id)).body).toMatchObject({ state: 'denied', reason: 'declined' })
  await expect(sheet(app).getByRole('button', { name: 'Close' })).toBeVisible()
  await sheet(app).getByRole('button', { name: 'Done' }).click()
  await expect(pendingBar(app)).toHaveCount(0)
  await expect(app.getByText(/^Push is paused until \d{1,2}:\d\d.*Codes still work\./)).toBeVisible()

  const refused = await harbour.create(person.username)
  expect(refused.status).toBe(423)
  const until = Date.parse(String((refused.body as unknown as { until: string }).until))
  expect(until - Date.now()).toBeGreaterThan(14 * 60_000)
  const reports = (await securityEvents(installation, person)).filter(({ kind }) => kind === 'report')
  expect(reports).toHaveLength(1)
  expect(reports[0].stopped.toSorted()).toEqual([first.id, second.id].toSorted())
})

test('‘I shouldn’t have approved this’: an approval that is not yet redeemed is undone', async ({
  enrolledPhone,
  harbour,
  installation,
  person,
}) => {
  const phone = await enrolledPhone({ numberMatching: false })
  const { id, secret } = await harbour.ask(person.username)
  const app = await phone.open(`/requests/${id}`)
  await approve(app)
  const { body } = await harbour.read(id, { secret })
  await sheet(app).getByRole('button', { name: 'I shouldn’t have approved this' }).click()
  await expect(sheet(app).getByRole('heading', { name: 'Reported. This sign-in was stopped.' })).toBeVisible()
  expect((await harbour.read(id, { secret })).body).toMatchObject({ state: 'denied', reason: 'not_me' })
  const redeemed = await harbour.redeem(id, secret, body.passcode ?? '')
  expect([redeemed.status, redeemed.body]).toMatchObject([409, { type: 'urn:countersign:problem:not-approved' }])
  expect((await securityEvents(installation, person)).map(({ kind }) => kind)).toContain('approved-by-mistake')
})

test('reported after it was redeemed: it stays, the organisation is told so, and so is the person', async ({
  enrolledPhone,
  harbour,
  installation,
  person,
}) => {
  const phone = await enrolledPhone({ numberMatching: false })
  const { id, secret } = await harbour.ask(person.username)
  const app = await phone.open(`/requests/${id}`)
  await approve(app)
  const { body } = await harbour.read(id, { secret })
  expect((await harbour.redeem(id, secret, body.passcode ?? '')).status).toBe(200)
  await sheet(app).getByRole('button', { name: 'I shouldn’t have approved this' }).click()
  await expect(sheet(app).getByRole('heading', { name: 'A sign-in had already gone through.' })).toBeVisible()
  await expect(sheet(app)).toContainText('Harbour was told.')
  await app.reload()
  await expect(sheet(app).getByRole('heading', { name: 'A sign-in had already gone through.' })).toBeVisible()
  expect((await harbour.read(id)).body.state).toBe('approved')
  // In history it stands as what it was, with the report, and can't be reported once more.
  await app.goto(`${phone.origin}/history`)
  await expect(app.getByRole('article')).toContainText('you reported it')
  await expect(app.getByRole('button', { name: REPORT })).toHaveCount(0)
  expect(await securityEvents(installation, person)).toContainEqual(
    expect.objectContaining({ request: id, redeemed: true }),
  )
})

test('one is reported: an approval that is not yet redeemed is undone with it, and one that is redeemed stays', async ({
  enrolledPhone,
  harbour,
  fleet,
  installation,
  person,
}) => {
  const phone = await enrolledPhone({ numberMatching: false })
  const app = await phone.open()
  const approved = async (application: WireApplication) => {
    const { id, secret } = await application.ask(person.username)
    await pendingBar(app).click()
    await approve(app)
    await sheet(app).getByRole('button', { name: 'Done' }).click()
    const { body } = await application.read(id, { secret })
    return { id, redeem: () => application.redeem(id, secret, body.passcode ?? '') }
  }
  const inside = await approved(harbour)
  expect((await inside.redeem()).status).toBe(200)
  const unredeemed = await approved(fleet)
  const asking = await harbour.ask(person.username)
  const reported = await fleet.ask(person.username)
  await expect(pendingBar(app)).toContainText('2 sign-in requests')
  await pendingBar(app).click()
  await expect(app).toHaveURL(`${phone.origin}/requests/${reported.id}`)
  await sheet(app).getByRole('button', { name: 'Deny' }).click()
  await sheet(app).getByRole('button', { name: REPORT }).click()
  await expect(sheet(app).getByRole('heading', { name: 'Reported. This sign-in was stopped.' })).toBeVisible()

  expect((await harbour.read(inside.id)).body).toMatchObject({ state: 'approved', redeemedAt: expect.any(String) })
  expect((await fleet.read(unredeemed.id)).body).toMatchObject({ state: 'denied', reason: 'not_me' })
  expect((await unredeemed.redeem()).status).toBe(409)
  expect((await harbour.read(asking.id)).body).toMatchObject({ state: 'denied', reason: 'not_me' })
  expect((await fleet.read(reported.id)).body).toMatchObject({ state: 'denied', reason: 'declined' })
  const [event] = (await securityEvents(installation, person)).filter(({ kind }) => kind === 'report')
  expect(event).toMatchObject({ request: reported.id, redeemed: false })
  expect(event.stopped.toSorted()).toEqual([unredeemed.id, asking.id].toSorted())
  // Nor does this device still say that what it undid is approved.
  await app.goto(`${phone.origin}/requests/${unredeemed.id}`)
  await expect(sheet(app).getByRole('heading', { name: 'Reported. This sign-in was stopped.' })).toBeVisible()
  await app.goto(`${phone.origin}/requests/${inside.id}`)
  await expect(sheet(app).getByRole('heading', { name: 'Approved' })).toBeVisible()
})

test('select what says ‘Denied’: the app opens on it, and there it can be reported', async ({
  enrolledPhone,
  harbour,
  installation,
  person,
}) => {
  const phone = await enrolledPhone()
  const asked = await harbour.ask(person.username)
  await phone.tray.press(await phone.asked(), 'Deny')
  const denied = await phone.told('Denied')
  const app = await phone.opens(() => phone.tray.pressBody(denied))
  await expect(sheet(app).getByRole('heading', { name: 'Denied. Was this you?' })).toBeVisible()
  await sheet(app).getByRole('button', { name: REPORT }).click()
  await expect(sheet(app).getByRole('heading', { name: 'Reported. This sign-in was stopped.' })).toBeVisible()
  expect(await securityEvents(installation, person)).toContainEqual(
    expect.objectContaining({ kind: 'report', request: asked.id }),
  )
})

test('what was reported stays reported: whoever looks at it again reads the same', async ({
  enrolledPhone,
  harbour,
  person,
}) => {
  const phone = await enrolledPhone()
  await harbour.ask(person.username)
  await phone.tray.press(await phone.asked(), 'Deny')
  await phone.tray.press(await phone.told('Denied'), REPORT)
  const reported = await phone.told('Reported. This sign-in was stopped.')
  const app = await phone.opens(() => phone.tray.pressBody(reported))
  await expect(sheet(app).getByRole('heading', { name: 'Reported. This sign-in was stopped.' })).toBeVisible()
  await expect(sheet(app).getByRole('button', { name: REPORT })).toHaveCount(0)
})

test('‘It was me’ after Deny: nobody is warned, and the next request comes through', async ({
  enrolledPhone,
  harbour,
  installation,
  person,
}) => {
  const phone = await enrolledPhone()
  const asked = await harbour.ask(person.username)
  const app = await phone.open(`/requests/${asked.id}`)
  await sheet(app).getByRole('button', { name: 'Deny' }).click()
  await sheet(app).getByRole('button', { name: 'It was me' }).click()
  await expect(sheet(app)).toBeHidden()
  expect((await securityEvents(installation, person)).map(({ kind }) => kind)).toEqual(['token-activated'])
  await harbour.ask(person.username)
  await expect(pendingBar(app)).toContainText('1 sign-in request')
})

test('three wrong numbers: denied, each told with the tries that are left', async ({
  enrolledPhone,
  harbour,
  installation,
  person,
}) => {
  const phone = await enrolledPhone()
  const asked = await harbour.ask(person.username)
  const app = await phone.open(`/requests/${asked.id}`)
  const wrong = asked.number === '00' ? '01' : '00'
  const number = sheet(app).getByLabel('Type the number on your sign-in page')
  const told = (left: string) =>
    sheet(app)
      .getByRole('alert')
      .filter({ hasText: `That is not the number. ${left} left. If you are not signing in now, deny.` })
  await number.fill(wrong)
  await pressApprove(app, told('2 tries'))
  await number.fill(wrong)
  await number.press('Enter')
  await expect(told('1 try')).toBeVisible()
  // Whoever types or listens goes on where they are.
  await expect(number).toBeFocused()
  await number.fill(wrong)
  await number.press('Enter')
  await expect(sheet(app).getByRole('heading', { name: 'Three wrong numbers. Denied.' })).toBeVisible()
  await expect(sheet(app).getByRole('button', { name: REPORT })).toBeVisible()
  expect((await harbour.read(asked.id)).body).toMatchObject({ state: 'denied', reason: 'wrong_number' })
  expect((await securityEvents(installation, person)).map(({ kind }) => kind)).toContain('wrong-number')
})
