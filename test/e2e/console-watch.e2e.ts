// What operators see of what happens: live.
import { ConsoleBrowser, expectToHold } from '../support/console-browser.ts'
import { test as base, expect } from './house.ts'

interface Own {
  operator(role: string, name: string): Promise<ConsoleBrowser>
}

const test = base.extend<Own>({
  operator: async ({ installation, computers }, use) => {
    await using stack = new AsyncDisposableStack()
    await use(async (role, name) => {
      const { signInUrl } = await installation.command<{ signInUrl: string }>(['operator', 'add', name, '--role', role])
      const context = await computers.newContext()
      stack.defer(() => context.close())
      const browser = await ConsoleBrowser.open(context)
      await browser.join(signInUrl)
      return browser
    })
  },
})

test('sign-ins appear by themselves, are narrowed to one address, and stand still when told to', async ({
  operator,
  harbour,
  enrolledPhone,
  person,
}) => {
  await enrolledPhone()
  const { page, ...bea } = await operator('auditor', 'Bea who watches')
  await new ConsoleBrowser(page, bea.authenticator).go('Live')
  const context = { ip: '203.0.113.9', userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0' }
  const asked = await harbour.ask(person.username, { context })
  const row = page.getByRole('row').filter({ hasText: person.username })
  await expect(row).toContainText('Waiting')
  await expect(row).toContainText('Firefox on Linux')
  await harbour.cancel(asked.id)
  await expect(row).toContainText('Cancelled')
  await expectToHold(page, 'live')

  await row.getByRole('link', { name: '203.0.113.9' }).click()
  await expect(page).toHaveURL(/address=203\.0\.113\.9/)
  await expect(page.getByText('From 203.0.113.9')).toBeVisible()
  // What is narrowed is read anew; a pause before it has come would stand still with nothing.
  await expect(row).toHaveCount(1)
  await page.getByRole('button', { name: 'Pause' }).click()
  await harbour.ask(person.username, { context })
  await expect(page.getByText(/^Paused at/)).toBeVisible()
  await expect(row).toHaveCount(1)
  await expectToHold(page, 'live-paused')
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(row).toHaveCount(2)
  await page.getByRole('button', { name: 'Approved' }).click()
  await expect(page.getByText('Nothing like that.')).toBeVisible()
})

test('a report is taken, its address blocked and push resumed, and it is closed with a note', async ({
  operator,
  harbour,
  enrolledPhone,
  person,
  installation,
}) => {
  await enrolledPhone()
  const { id } = await harbour.ask(person.username, { context: { ip: '203.0.113.66' } })
  await installation.store.write(async (tx) => {
    const request = await tx
      .selectFrom('login_requests')
      .selectAll()
      .where('id', '=', id as never)
      .executeTakeFirstOrThrow()
    const { user_id, application_id } = request
    const nobody = { taken_at: null, taken_by: null, closed_at: null, closed_by: null }
    const about = {
      id: `rep_${'0'.repeat(26)}`,
      user_id,
      application_id,
      request_id: request.id,
      device_id: 'dev_x' as never,
    }
    await tx
      .insertInto('reports')
      .values({ ...about, ...nobody, version: 1, state: 'open', at: Date.now(), redeemed: 1, mistake: 0, notes: '[]' })
      .execute()
  })
  const { page } = await operator('administrator', 'Bea at night')
  await page.goto(`${installation.publicOrigin}/console/reports`)
  await expect(page.getByText(', 1 open report')).toBeAttached()
  await expectToHold(page, 'reports')
  await page.getByRole('link', { name: person.username }).click()
  await expect(page.getByRole('heading', { name: `Report of ${person.username}` })).toBeVisible()
  await page.getByRole('button', { name: 'Take it' }).click()
  await expect(page.getByText(/Taken by Bea at night/)).toBeVisible()
  await page.getByRole('button', { name: 'Block 203.0.113.66 for a day' }).click()
  await expectToHold(page, 'report-block')
  await page.getByRole('button', { name: 'Block 203.0.113.66, 24 h' }).click()
  await expect(page.getByText(/203\.0\.113\.66 is blocked until/)).toBeVisible()
  await page.getByRole('button', { name: 'Pause push for an hour' }).click()
  await page.getByRole('button', { name: 'Pause push for 1 person, 1 h' }).click()
  await expect(page.getByRole('button', { name: 'Let push reach them again' })).toBeVisible()
  await page.getByLabel('What you found out').fill('She was asleep.')
  await page.getByRole('button', { name: 'Keep the note' }).click()
  await expect(page.getByText('She was asleep.')).toBeVisible()
  await expectToHold(page, 'report')
  await page.getByRole('button', { name: 'Close the report' }).click()
  await expect(page.getByText(/Closed by Bea at night/)).toBeVisible()
  await page.getByRole('link', { name: 'All reports' }).click()
  await expect(page.getByText('No report is open.')).toBeVisible()
})
