// What an installation with a mail server and a directory of its own shows to operators, and to a person who has an
// address confirmed: by the keyboard alone.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { expectToHold } from '../support/console-browser.ts'
import { freePort } from '../support/free-port.ts'
import { LdapDouble } from '../support/ldap-double.ts'
import { type MailServer, mailServer } from '../support/mail-server.ts'
import { nextCode } from './codes.ts'
import { downloaded } from './download.ts'
import { PASSWORD, reaching } from './house.ts'
import { startInstallation } from './installation.ts'
import { browse, choose, pick, press, type } from './keyboard.ts'
import { test as base, expect } from './operator.ts'

const test = base.extend<object, { mails: MailServer; people: LdapDouble }>({
  people: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its pattern
    async ({}, use) => {
      await using people = await LdapDouble.start()
      await use(people)
    },
    { scope: 'worker' },
  ],
  mails: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its pattern
    async ({}, use) => {
      await using mails = await mailServer()
      await use(mails)
    },
    { scope: 'worker' },
  ],
  installation: [
    async ({ mails, people, service }, use) => {
      await using directory = await directoryFile(people)
      const mail = { COUNTERSIGN_SMTP: mails.url, COUNTERSIGN_MAIL_FROM: 'it@harbour.example.org' }
      const syslog = { COUNTERSIGN_SYSLOG: `tcp://127.0.0.1:${await freePort()}` }
      const env = { ...reaching(service), ...mail, ...syslog, COUNTERSIGN_LDAP: directory.path }
      await using installation = await startInstallation({ env })
      await use(installation)
    },
    { scope: 'worker' },
  ],
})

async function directoryFile({ url }: LdapDouble): Promise<AsyncDisposable & { path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-directory-'))
  const [path, bindPasswordFile] = [join(folder, 'ldap.json'), join(folder, 'password')]
  const account = { bindDn: 'cn=countersign,dc=harbour,dc=example', bindPasswordFile }
  await writeFile(bindPasswordFile, 'a word of its own')
  await writeFile(
    path,
    JSON.stringify({
      servers: [url],
      startTls: false,
      kind: 'openldap',
      base: 'ou=people,dc=harbour,dc=example',
      ...account,
    }),
  )
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

const dialog = (page: Page) => page.getByRole('dialog')
const place = (page: Page, name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true })
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const inDialog = (page: Page, name: string) => dialog(page).getByRole('button', { name, exact: true })

test('mail is said in the organisation’s own words, turned away, tried again, and seen to have left; the directory is asked for a name', async ({
  operator,
  mails,
  people,
}) => {
  const { page } = await operator('administrator')
  await expect(
    page.getByText(/^The syslog receiver 127\.0\.0\.1:\d+ is not accepting deliveries; \d+ entr/),
  ).toBeVisible()
  await expectToHold(page, 'overview-syslog')
  const syslog = page.getByRole('listitem').filter({ hasText: 'The syslog receiver' })
  await press(page, syslog.getByRole('link', { name: 'Open the settings' }))
  await expect(page.getByText(/^It has not accepted deliveries since /)).toBeVisible()
  await expect(page.getByText('from it@harbour.example.org')).toBeVisible()
  await press(page, page.getByRole('link', { name: 'When an operator tries whether mail works' }))
  await expect(page.getByLabel('Subject')).toHaveValue('Mail from {organisation} works')
  await type(page, page.getByLabel('Subject'), 'Post vom Hafen: {organization}')
  await press(page, button(page, 'Preview'))
  await expect(page.getByRole('alert')).toHaveText(/has {organization}, which this mail can’t fill in/)
  await type(page, page.getByLabel('Subject'), 'Post vom Hafen')
  await type(page, page.getByLabel('Text', { exact: true }), 'Von {operator}.\n\n<b>Es geht.</b>')
  await press(page, button(page, 'Preview'))
  const preview = page.getByRole('region', { name: 'As it would arrive' })
  await expect(preview).toContainText('<b>Es geht.</b>')
  await expectToHold(page, 'mail-template')
  await press(page, button(page, 'Save'))
  const reset = button(page, 'Put the built-in text back')
  await press(page, reset)
  await page.keyboard.press('Escape')
  await expect(reset).toBeFocused()
  await press(page, page.getByRole('main').getByRole('link', { name: 'Settings' }))

  await press(page, button(page, 'Try it'))
  await type(page, dialog(page).getByLabel('To which address?'), 'nowhere')
  await page.keyboard.press('Enter')
  await expect(dialog(page).getByRole('alert')).toHaveText(/must be a mail address/)
  mails.refuses = true
  await type(page, dialog(page).getByLabel('To which address?'), 'alice@example.org')
  await page.keyboard.press('Enter')
  await expect(button(page, 'Try it')).toBeFocused()
  const lookAgain = page.getByRole('region', { name: 'Mail', exact: true }).getByRole('button', { name: 'Look again' })
  const shows = (sentence: Locator) =>
    expect(async () => {
      await press(page, lookAgain)
      await expect(sentence).toBeVisible({ timeout: 500 })
    }).toPass()
  await shows(page.getByText(/^1 mail could not be handed over and waits\./))
  await expectToHold(page, 'settings-mail-waits')
  mails.refuses = false
  await press(page, button(page, 'Try now'))
  const [mail] = await mails.whenReceived(1)
  expect(mail).toMatchObject({ subject: 'Post vom Hafen', to: ['alice@example.org'] })
  await shows(page.getByRole('table', { name: 'The latest mails' }).getByText('Handed over'))

  const tryName = button(page, 'Try a user name')
  await expect(page.getByText('Answers since')).toBeVisible()
  const attributes = {
    entryUUID: '5f2c1b6e-0f9b-4c7e-9d57-3f1f5a3b2c1d',
    uid: 'sofia',
    cn: 'Sofia <b>',
    mail: 'sofia@example.org',
  }
  people.entries.sofia = { dn: 'uid=sofia,ou=people,dc=harbour,dc=example', attributes }
  await press(page, tryName)
  await type(page, dialog(page).getByLabel('User name'), 'nobody')
  await page.keyboard.press('Enter')
  await expect(dialog(page).getByText('Nobody: the filter finds no entry of this name.')).toBeVisible()
  await type(page, dialog(page).getByLabel('User name'), 'sofia')
  await page.keyboard.press('Enter')
  await expect(dialog(page).getByText('Found. With the right password they would be let in.')).toBeVisible()
  await expect(dialog(page).getByRole('definition').filter({ hasText: 'Sofia <b>' })).toBeVisible()
  await expectToHold(page, 'settings-try-name')
  await page.keyboard.press('Escape')
  await expect(tryName).toBeFocused()

  const provisioning = page.getByRole('region', { name: 'Provisioning (SCIM)' })
  await expect(provisioning).toContainText(`${new URL(page.url()).origin}/scim/v2`)
  await expect(provisioning).toContainText('No directory provisions yet.')
  await press(page, button(page, 'Make a token'))
  await expect(dialog(page).getByRole('radio', { name: 'Auditor' })).toHaveCount(0)
  await type(page, dialog(page).getByLabel('Name'), 'Entra ID')
  await expectToHold(page, 'settings-scim-token')
  await press(page, inDialog(page, 'Make the token'))
  const secret = await dialog(page).getByText(/^cso_/).textContent()
  await press(page, inDialog(page, 'Done'))
  await expect(button(page, 'Make a token')).toBeFocused()
  const row = provisioning.getByRole('row', { name: /Entra ID/ })
  await expect(row).toContainText('Never')
  const status = await page.evaluate(async (token) => {
    const answer = await fetch('/scim/v2/Users', { headers: { authorization: `Bearer ${token}` } })
    return answer.status
  }, secret)
  expect(status).toBe(200)
  await page.reload()
  await expect(row).not.toContainText('Never')
  await expectToHold(page, 'settings')
  await press(page, page.getByRole('link', { name: 'When an operator tries whether mail works' }))
  await press(page, reset)
  await press(page, inDialog(page, 'Put it back'))
  await expect(page.getByLabel('Subject')).toHaveValue('Mail from {organisation} works')
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
})

test('people who have not enrolled get a link by mail or a letter, and are enrolled by it', async ({
  operator,
  installation,
  mails,
  newPhone,
}) => {
  const { command } = installation
  await command(['user', 'add', 'nora', '--name', 'Nora <b>', '--email', 'nora@example.org'])
  await command(['user', 'add', 'omar', '--name', 'Omar'])
  await command(['user', 'add', 'pia'])
  const { page } = await operator('administrator')
  await press(page, place(page, 'Enrolment'))
  const missing = page.getByRole('table', { name: 'Not enrolled yet' })
  await expect(missing).toContainText('No link yet')
  await choose(page, page.getByLabel('Pick nora'))
  await choose(page, page.getByLabel('Pick omar'))
  await expectToHold(page, 'enrolment')
  await press(page, button(page, 'Make links for 2 people'))
  await expect(dialog(page).getByLabel('By mail')).toBeChecked()
  await expectToHold(page, 'enrolment-make')
  await page.keyboard.press('Escape')
  await expect(button(page, 'Make links for 2 people')).toBeFocused()
  await page.keyboard.press('Enter')
  await press(page, inDialog(page, 'Mail links to 2 people'))

  // Nora has an address; Omar gets a letter.
  await expect(page.getByRole('heading', { level: 1, name: '2 links are made' })).toBeFocused()
  await expect(page.getByText('1 goes by mail.')).toBeVisible()
  await expect(page.getByRole('article')).toHaveCount(1)
  await expect(page.getByRole('article')).toContainText('For Omar')
  await expectToHold(page, 'enrolment-letters')
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByRole('button', { name: 'Print 1 letter' })).toBeHidden()
  await expect(page.getByRole('link', { name: 'Users' })).toBeHidden()
  await expect(page.getByRole('img', { name: 'QR code of the activation link of omar' })).toBeVisible()
  await page.screenshot({ path: 'test/out/console/enrolment-printed.png' })
  await page.emulateMedia({ media: null })
  await press(page, button(page, 'Done'))
  await expect(page.getByRole('heading', { level: 1, name: 'Enrolment' })).toBeFocused()

  const open = page.getByRole('table', { name: 'Links that still work' })
  const menu = (name: string) => open.getByRole('button', { name: `What to do with ${name}` })
  const resend = async (name: string) => {
    await pick(page, menu(name), 'Mail a new link')
    await type(page, dialog(page).getByLabel('Why?'), 'It went astray')
    await press(page, inDialog(page, `Mail ${name} a new link`))
  }
  // Where many are open, one is looked for; the file holds what was found.
  for (let n = 0; n < 9; n++) {
    await command(['user', 'add', `pilot-${n}`])
    await command(['enrol', `pilot-${n}`])
  }
  await page.reload()
  await expect(open.getByRole('row')).toHaveCount(12)
  const searched = page.getByRole('searchbox', { name: 'Search by person' })
  await type(page, searched, 'nobody')
  await expect(page.getByText('No open link is for anybody whose names begin with “nobody”.')).toBeVisible()
  await type(page, searched, 'omar')
  await expect(page.getByText('1 link', { exact: true })).toBeVisible()
  const section = page.getByRole('region', { name: 'Links that still work' })
  const file = await downloaded(page, () => press(page, section.getByRole('button', { name: 'Save as CSV' })))
  expect(file.name).toBe('open-links.csv')
  expect(file.text).toMatch(/^[^\r]+\r\nomar,Omar,No,[^\r]+\r\n$/)
  await type(page, searched, '')

  await resend('omar')
  await expect(dialog(page).getByText('This person has no mail address.')).toBeVisible()
  await press(page, inDialog(page, 'Cancel'))
  await expect(menu('omar')).toBeFocused()
  await resend('nora')
  const links = () =>
    mails.received.filter(({ to, subject }) => to.includes('nora@example.org') && subject.startsWith('Set up'))
  await expect.poll(() => links().length).toBe(2)
  const mail = links().at(-1)
  expect(mail?.text).toContain('Hello Nora <b>,')
  const phone = await newPhone()
  await phone.enrol(/http\S+/.exec(mail?.text ?? '')?.[0] ?? '')
  await page.reload()
  await expect(missing.getByRole('link', { name: 'omar' })).toBeVisible()
  await expect(missing.getByRole('link', { name: 'nora' })).toBeHidden()
})

test('a file of people is looked at, mended, and imported whole', async ({ operator }) => {
  const { page } = await operator('administrator')
  await press(page, place(page, 'Users'))
  await press(page, page.getByRole('link', { name: 'Import a file' }))
  const choose = async (text: string) => {
    const asked = await browse(page, page.getByLabel('CSV file'))
    await asked.setFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
  }
  await choose('username;name;email\nquinn;Quinn <i>;quinn@example.org\nrosa;Rosa;nowhere\n')
  await expect(page.getByText('1 thing is not right.')).toBeVisible()
  await expect(page.getByRole('table', { name: 'What is not right' })).toContainText('It must be a mail address.')
  await expect(page.getByRole('row').filter({ hasText: 'It must be a mail address.' })).toContainText('nowhere')
  await expectToHold(page, 'users-import-faults')
  await choose('username;name;email\nquinn;Quinn <i>;quinn@example.org\nrosa;Rosa;rosa@example.org\n')
  await expect(page.getByText('2 to add, 0 to change, 0 stay as they are.')).toBeVisible()
  await expectToHold(page, 'users-import')
  const importing = '**/admin/v1/user-imports'
  await page.route(importing, (route) => route.abort())
  await press(page, button(page, 'Add 2 and change 0'))
  await expect(page.getByRole('alert')).toHaveText(/^The connection broke on the way/)
  await expect(page.getByRole('button', { name: /^Add/ })).toBeHidden()
  await expectToHold(page, 'users-import-broken')
  await page.unroute(importing)
  await press(page, button(page, 'See what is left'))
  await press(page, button(page, 'Add 2 and change 0'))
  await expect(page.getByText('Added 2, changed 0.')).toBeVisible()
  await press(page, page.getByRole('link', { name: 'All users' }))
  await expect(page.getByRole('row').filter({ hasText: 'Quinn <i>' })).toBeVisible()
  const file = await downloaded(page, () => press(page, page.getByRole('link', { name: 'Export a file' })))
  expect(file.name).toMatch(/^users-\d{4}-\d\d-\d\d\.csv$/)
  expect(file.text).toContain('quinn,')
})

test('an address for notices is confirmed by the code that was mailed there', async ({
  computers,
  device,
  installation,
  mails,
  person,
}) => {
  await nextCode(installation, person)
  await using context = await computers.newContext()
  const page = await context.newPage()
  await page.goto(`${installation.publicOrigin}/account`)
  await press(page, button(page, 'Sign in'))
  await type(page, page.getByLabel('User name'), person.username)
  await type(page, page.getByLabel('Password', { exact: true }), PASSWORD)
  await page.keyboard.press('Enter')
  await choose(page, page.getByRole('radio', { name: 'Type a passcode', exact: true }))
  await type(page, page.getByLabel('Passcode', { exact: true }), device.passcode())
  await page.keyboard.press('Enter')

  await type(page, page.getByLabel('First address'), 'alice@home.example')
  await page.keyboard.press('Enter')
  const code = page.getByLabel('Code from the mail')
  await type(page, code, 'nothing')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toHaveText('This code is wrong, was used, or has expired.')
  await expectToHold(page, 'account-confirm')
  await press(page, button(page, 'Send a new code'))
  await expect(page.getByText('A new code is on its way. Earlier codes no longer work.')).toBeVisible()
  const sent = () => mails.received.filter(({ to }) => to.includes('alice@home.example'))
  await expect.poll(() => sent().length).toBe(2)
  await type(page, code, /account:\s+(\S+)/.exec(sent().at(-1)?.text ?? '')?.[1] ?? '')
  await press(page, button(page, 'Confirm'))
  await expect(code).toBeHidden()
  await expect(page.getByRole('heading', { name: 'Addresses for notices' })).toBeFocused()
})
