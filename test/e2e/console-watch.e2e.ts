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
