// How things stand, and who outside is told.
import { randomBytes } from 'node:crypto'
import type { Page } from '@playwright/test'
import { newId } from '../../protocol/ids.ts'
import { insertUsers, type UserRow } from '../../server/directory/rows.ts'
import { expectToHold } from '../support/console-browser.ts'
import { choose, press, tabTo, type } from './keyboard.ts'
import { expect, test } from './operator.ts'

const dialog = (page: Page) => page.getByRole('dialog')
const HOUR = 3_600_000

const random = (length: number) => new Uint8Array(randomBytes(length))
const GROUPS = Array.from({ length: 12 }, (_, n) => ({
  id: newId('grp', random),
  name: `Quay ${n}`,
  name_key: `quay ${String(n).padStart(2, '0')}`,
  ...{ version: 1, external_id: null, created_at: 0 },
}))

const heldPerson = (n: number): UserRow => ({
  id: newId('usr', random),
  username: `paused-${n}`,
  username_key: `paused-${n}`,
  display_name: 'Alice of the night shift',
  ...{ email: null, password_hash: null, external_id: null, given_name: null, family_name: null },
  ...{ created_at: 0, changed_at: 0, version: 1, state: 'active' },
})

test('by the keyboard alone: the overview says what needs somebody, leads there, and shows how it went', async ({
  operator,
  installation,
  harbour,
  device,
  person,
}) => {
  for (let asked = 0; asked < 3; asked++) {
    const { id } = await harbour.ask(person.username)
    await device.decide((await device.request(id)).body, 'deny')
  }
  const hour = Date.now() - (Date.now() % HOUR)
  const push = { service: 'https://push.example.org', delivered: 3, failed: 9 }
  await installation.store.write(async (tx) => {
    await tx.deleteFrom('push_tallies').execute()
    for (let back = 0; back < 20; back++) {
      const seconds = [0, 0, 3, 20, 12, 4 + back, 1]
      const approved = seconds.reduce((sum, count) => sum + count, 0)
      const counts = { requests: approved + back, approved, denied: back % 4, reported: 0, expired: back % 6, seconds }
      await tx
        .insertInto('tallies')
        .values({ hour: hour - back * HOUR, application_id: 'app_x' as never, counts: JSON.stringify(counts) })
        .execute()
    }
    const minute = Date.now() - (Date.now() % 60_000)
    await tx
      .insertInto('push_tallies')
      .values({ ...push, minute })
      .execute()
    // More people whose push is paused than are named, and none of them has a device.
    const held = Array.from({ length: 22 }, (_, n) => heldPerson(n))
    await insertUsers(tx, held)
    const ids = held.map(({ id }) => id)
    await tx
      .updateTable('throttles')
      .set({ push_paused_until: Date.now() + HOUR })
      .where('user_id', 'in', ids)
      .execute()
  })
  const { page } = await operator('administrator', 'Bea in the morning')
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible()
  await expect(page.getByText(/^Needs you: .*push by push\.example\.org fails/)).toBeVisible()
  await expect(page.getByText('Push by push.example.org fails: 9 of 12 in five minutes')).toBeVisible()
  const copied = (at: number | null) =>
    installation.store.write((tx) => tx.updateTable('operator_passkeys').set({ copied_at: at }).execute())
  await copied(Date.now())
  await expect(page.getByText(/^There are two copies of Bea in the morning’s passkey/)).toBeVisible()
  const need = page.getByRole('listitem').filter({ hasText: `${person.username} denied 3 sign-ins` })
  await press(page, need.getByRole('button', { name: /^Take: / }))
  await expect(need).toContainText('taken by Bea in the morning')
  await press(page, need.getByRole('button', { name: /^Close: / }))
  await expect(need).toBeHidden()
  await expect(page.getByRole('heading', { name: 'Needs you' })).toBeFocused()
  // A fifth where other people’s devices have come meanwhile.
  await expect.poll(() => page.locator('canvas').count()).toBeGreaterThanOrEqual(4)
  await press(page, page.getByText('As a table: Seconds to approve'))
  await expect(page.getByRole('table', { name: 'Seconds to approve' }).getByRole('row')).toHaveCount(25)
  await press(page, page.getByRole('button', { name: 'Write a notice' }))
  await type(page, dialog(page).getByLabel('What it says'), 'Deny every request that you did not start.')
  await expectToHold(page, 'overview-notice')
  await press(page, dialog(page).getByRole('button', { name: 'Show it to everybody' }))
  await expect(page.getByText('Deny every request that you did not start.')).toBeVisible()
  await press(page, page.getByRole('button', { name: 'Require number for all' }))
  await expect(dialog(page).getByText(/^It applies to /)).toBeVisible()
  await expectToHold(page, 'overview-number')
  await press(page, dialog(page).getByRole('button', { name: /^Save/ }))
  await expect(
    page.getByText(/^(Everybody must type the number|The organisation asks everybody for the number) now\.$/),
  ).toBeVisible()
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await press(page, page.getByRole('button', { name: 'Copy summary' }))
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(
    '- Push by push.example.org fails: 9 of 12 in five minutes',
  )
  await expectToHold(page, 'overview')
  await press(page, page.getByRole('button', { name: 'Undo' }))
  await expect(page.getByText('Undone. It is as it was before.')).toBeVisible()
  await press(page, page.getByRole('button', { name: 'Remove it' }))
  await expect(page.getByRole('button', { name: 'Write a notice' })).toBeVisible()
  await press(page, page.getByRole('button', { name: 'Four weeks' }))
  await expect(page.getByRole('table', { name: 'Seconds to approve' }).getByRole('row').nth(28)).toBeVisible()
  await press(page, page.getByRole('link', { name: 'Open your passkeys' }))
  await expect(page.getByText('There are two copies of it. Remove it.')).toBeVisible()
  await expectToHold(page, 'passkeys-copied')
  await copied(null)
  await page.goBack()
  await press(page, page.getByRole('link', { name: 'Watch live' }))
  await expect(page.getByRole('heading', { level: 1, name: 'Live' })).toBeFocused()
  await page.goBack()
  await press(page, page.getByRole('link', { name: /^Push paused: and \d+ more$/ }))
  await expect(page.getByRole('link', { name: 'Push paused' })).toHaveAttribute('aria-current', 'true')
  await expect(page.getByRole('row').filter({ hasText: /^paused-/ })).toHaveCount(22)
  await expectToHold(page, 'users-stuck')
  await page.goBack()
  await press(page, page.getByRole('link', { name: /^No device yet: \d+ people$/ }))
  await expect(page.getByRole('heading', { level: 1, name: 'Enrolment' })).toBeFocused()
  await installation.store.write((tx) => tx.insertInto('groups').values(GROUPS).execute())
  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Groups' }))
  const search = page.getByRole('searchbox', { name: 'Search this list' })
  await type(page, search, 'quay 1')
  await expect(page.getByRole('rowheader')).toHaveText(['Quay 1', 'Quay 10', 'Quay 11'])
  await expect(page.getByText(/^3 of \d+$/)).toBeVisible()
  await expectToHold(page, 'groups-searched')
  await type(page, search, 'quay nobody')
  await expect(page.getByText('Nothing in this list contains “quay nobody”.')).toBeVisible()
  // More than anybody reads: each page is followed by another one.
  let pages = 0
  await page.route(/\/admin\/v1\/groups/, (route) => {
    const group = { id: newId('grp', random), name: `Pier ${++pages}`, members: 0, version: 1 }
    const groups = [{ ...group, externalId: null, createdAt: '2026-01-01T00:00:00.000Z' }]
    return route.fulfill({ json: { groups, next: 'more' } })
  })
  await page.reload()
  await expect(page.getByText(/^Only the first 30 groups by name are shown/)).toBeVisible()
  await expectToHold(page, 'groups-cut')
  await installation.store.write(async (tx) => {
    await tx.deleteFrom('groups').where('name', 'like', 'Quay %').execute()
    const held = (await tx.selectFrom('users').select('id').where('username', 'like', 'paused-%').execute()).map(
      ({ id }) => id,
    )
    for (const table of ['user_words', 'throttles', 'unenrolled'] as const)
      await tx.deleteFrom(table).where('user_id', 'in', held).execute()
    await tx.deleteFrom('users').where('id', 'in', held).execute()
  })
  await installation.store.write((tx) => tx.deleteFrom('push_tallies').execute())
})

test('by the keyboard alone: a webhook is added, tried, misses something, gets it again, and goes', async ({
  operator,
  receiver,
}) => {
  const administrator = await operator('administrator', 'Bea who connects')
  const { page } = administrator
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
  const inDialog = (name: string) => dialog(page).getByRole('button', { name, exact: true })
  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Webhooks' }))
  await press(page, button('Add a webhook'))
  await type(page, dialog(page).getByLabel('Name'), 'SIEM <b>')
  await type(page, dialog(page).getByRole('textbox', { name: 'Address' }), 'https://10.0.0.1/hook')
  await choose(page, dialog(page).getByRole('radio', { name: 'Only these' }))
  await choose(page, dialog(page).getByLabel('Api key created'))
  await press(page, inDialog('Add it'))
  await expect(dialog(page).getByRole('alert')).toHaveText(/is not at a public address/)
  await type(page, dialog(page).getByRole('textbox', { name: 'Address' }), `${receiver.origin}/hook`)
  await press(page, inDialog('Add it'))
  await expect(dialog(page).getByRole('status', { name: 'Secret' })).toHaveText(/^whsec_/)
  await press(page, inDialog('Done'))
  await press(page, button('Send a test'))
  await expect(page.getByText(/^Accepted with 204, in \d+ ms\.$/)).toBeVisible()
  receiver.status = 500
  await press(page, button('Send a test'))
  await expect(page.getByText('The test was not accepted: 500.')).toBeVisible()
  receiver.status = 204
  const table = page.getByRole('table', { name: 'Deliveries' })
  await expect(table.getByRole('row')).toHaveCount(3)
  await press(page, button('Given up'))
  await expect(table.getByRole('row')).toHaveCount(2)
  await press(page, button(/^Send again what was given up: 1 event$/))
  await receiver.events.next()
  await receiver.events.next()
  await press(page, button('All'))
  await expectToHold(page, 'webhook')
  await press(page, button('Send a period again'))
  await choose(page, dialog(page).getByLabel('Everything, what was delivered too'))
  await press(page, inDialog('Send it again'))
  await expect(dialog(page).getByRole('alert')).toHaveText(/must be there/)
  await tabTo(page, dialog(page).getByLabel('What happened since'))
  await page.keyboard.type('01022026')
  await page.keyboard.press('Tab')
  await page.keyboard.type('0900AM')
  await expectToHold(page, 'webhook-again')
  await press(page, inDialog('Send it again'))
  await expect(page.getByText('2 events are sent again.')).toBeVisible()
  await press(page, button('New secret'))
  await press(page, inDialog('New secret'))
  await expect(dialog(page).getByRole('status', { name: 'Secret' })).toHaveText(/^whsec_/)
  await press(page, inDialog('Done'))
  await expect(page.getByText(/signed with the secret before this one too/)).toBeVisible()
  await press(page, button('Switch off'))
  await press(page, inDialog('Switch SIEM <b> off'))
  await press(page, button('Switch on'))
  await expect(button('Switch off')).toBeVisible()
  await press(page, button('Edit'))
  await type(page, dialog(page).getByLabel('Name'), 'SIEM <i>')
  await press(page, inDialog('Save'))
  await expect(page.getByRole('heading', { level: 1, name: 'SIEM <i>' })).toBeVisible()
  await press(page, page.getByRole('link', { name: 'All webhooks' }))
  await expect(page.getByRole('row').filter({ hasText: 'SIEM <i>' })).toContainText('Works')
  await expectToHold(page, 'webhooks')
  await press(page, page.getByRole('link', { name: 'SIEM <i>' }))
  await press(page, button('Remove'))
  await press(page, dialog(page).getByRole('button', { name: /^Remove SIEM <i>/ }))
  await expect(page.getByRole('heading', { level: 1, name: 'Webhooks' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'SIEM <i>' })).toHaveCount(0)

  await administrator.go('API tokens')
  await page.getByRole('link', { name: 'What the API can do' }).click()
  await page.getByText('POST /admin/v1/webhooks adds an address').click()
  await expect(page.getByText('On the command line: npx countersign webhook add')).toBeVisible()
  await expectToHold(page, 'docs-api')
})
