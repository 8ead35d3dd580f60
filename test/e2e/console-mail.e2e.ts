// Mail as operators see it, on an installation with a mail server of its own.
import type { Page } from '@playwright/test'
import { expectToHold } from '../support/console-browser.ts'
import { type MailServer, mailServer } from '../support/mail-server.ts'
import { reaching } from './house.ts'
import { startInstallation } from './installation.ts'
import { test as base, expect } from './operator.ts'

const test = base.extend<object, { mails: MailServer }>({
  mails: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its pattern
    async ({}, use) => {
      await using mails = await mailServer()
      await use(mails)
    },
    { scope: 'worker' },
  ],
  installation: [
    async ({ mails, service }, use) => {
      const env = { ...reaching(service), COUNTERSIGN_SMTP: mails.url, COUNTERSIGN_MAIL_FROM: 'it@harbour.example.org' }
      await using installation = await startInstallation({ env })
      await use(installation)
    },
    { scope: 'worker' },
  ],
})

const dialog = (page: Page) => page.getByRole('dialog')

test('mail is tried, said in the organisation’s own words, and seen to have left', async ({ operator, mails }) => {
  const administrator = await operator('administrator')
  const { page } = administrator
  await administrator.go('Settings')
  await expect(page.getByText('from it@harbour.example.org')).toBeVisible()
  await page.getByRole('link', { name: 'When an operator tries whether mail works' }).click()
  await expect(page.getByLabel('Subject')).toHaveValue('Mail from {organisation} works')
  await page.getByLabel('Subject').fill('Post vom Hafen: {organization}')
  await page.getByRole('button', { name: 'Preview' }).click()
  await expect(page.getByRole('alert')).toHaveText(/has {organization}, which this mail can’t fill in/)
  await page.getByLabel('Subject').fill('Post vom Hafen')
  await page.getByLabel('Text', { exact: true }).fill('Von {operator}.\n\n<b>Es geht.</b>')
  await page.getByRole('button', { name: 'Preview' }).click()
  const preview = page.getByRole('region', { name: 'As it would arrive' })
  await expect(preview).toContainText('<b>Es geht.</b>')
  await expectToHold(page, 'mail-template')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('button', { name: 'Put the built-in text back' })).toBeVisible()
  await page.getByRole('link', { name: 'Settings', exact: true }).last().click()

  await page.getByRole('button', { name: 'Try it' }).click()
  await dialog(page).getByLabel('To which address?').fill('nowhere')
  await dialog(page).getByRole('button', { name: 'Send a test' }).click()
  await expect(dialog(page).getByRole('alert')).toHaveText(/must be a mail address/)
  await dialog(page).getByLabel('To which address?').fill('alice@example.org')
  await dialog(page).getByRole('button', { name: 'Send a test' }).click()
  const [mail] = await mails.whenReceived(1)
  expect(mail).toMatchObject({ subject: 'Post vom Hafen', to: ['alice@example.org'] })
  await expect(async () => {
    await page.getByRole('button', { name: 'Look again' }).click()
    await expect(page.getByRole('table', { name: 'The latest mails' })).toContainText('Handed over', { timeout: 500 })
  }).toPass()
  await expectToHold(page, 'settings')
})
