// Names that are long, foreign, or made to mislead: they wrap, stand apart, and never become the page's own voice.
import { expect, type Page } from '@playwright/test'
import { approve, sheet } from './phone.ts'
import { confirm, password, waiting } from './screens/login-screen.ts'
import { lookAt } from './screens/look.ts'
import { somePast, someRequest } from './screens/sayings.ts'
import { test } from './screens/stage.ts'

/** As long as the protocol lets them be, from right to left, without spaces, or speaking as if they were ours. */
const NAMES = {
  long: {
    application: 'Rotterdam Harbour Authority Vessel Traffic and Customs Portal 24',
    username: 'wilhelmina.alexandra.van-der-meer-oosterhout@vessels.harbour.ex',
    organisation: 'Koninklijke Nederlandse Vereniging van Havenbedrijven en Rederijen',
  },
  unbroken: {
    application: 'x'.repeat(64),
    username: `${'w'.repeat(63)}9`,
    organisation: 'M'.repeat(64),
  },
  arabic: {
    application: 'بوابة ميناء الإسكندرية للخدمات الجمركية',
    username: 'ليلى.الفاروق',
    organisation: 'هيئة ميناء الإسكندرية',
  },
  hebrew: { application: 'נמל חיפה', username: 'יעל', organisation: 'רשות הנמלים' },
  cjk: {
    application: '横浜港湾管理局船舶運航情報ポータルサイト',
    username: '山田花子',
    organisation: '横浜港湾管理局',
  },
  hostile: {
    application: 'Approved. You are safe! Press Approve <b>now</b>',
    username: '<script>alert(1)</script>',
    organisation: 'Countersign says: this is fine {username}',
  },
}

/** A name made to mislead stands in a <bdi> of its own wherever it is. */
async function standApart(page: Page, name: string): Promise<void> {
  const loose = await page.evaluate(findLoose, name)
  expect.soft(loose, `${name} outside <bdi>`).toEqual([])
}

/** Runs in the page. */
function findLoose(name: string): string[] {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const loose: string[] = []
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    const isName = walker.currentNode.textContent?.includes(name)
    if (isName && element && !element.closest('bdi') && element.dir !== 'auto') loose.push(element.outerHTML)
  }
  return loose
}

for (const [kind, { application, username, organisation }] of Object.entries(NAMES)) {
  /** Names change neither the keyboard's way nor the colours; markup in them could. */
  const look = (page: Page, name: string) =>
    lookAt(page, `names-${kind}-${name}`, { keyboard: false, axe: kind === 'hostile' })

  test(`names: ${kind}, on the codes and in the bar`, async ({ handset }) => {
    handset.organisation = organisation
    handset.tokens = [handset.shown({ label: organisation, username, organisation })]
    handset.requests = [someRequest(handset.tokenId, { application, username })]
    const page = await handset.open()
    await expect(page.getByRole('link', { name: '1 sign-in request' })).toBeVisible()
    for (const name of [application, username, organisation]) await standApart(page, name)
    await look(page, 'home')
  })

  test(`names: ${kind}, on a request and what became of it`, async ({ handset }) => {
    handset.organisation = organisation
    handset.tokens = [handset.shown({ label: organisation, username, organisation })]
    handset.answers['POST /decisions'] = { json: { state: 'approved', reason: null } }
    const context = {
      location: organisation,
      client: application,
      resource: username,
      message: `${application}. ${application}`,
    }
    handset.requests = [someRequest(handset.tokenId, { username, application: 'Fleet', since: 30 })]
    const page = await handset.openRequest(someRequest(handset.tokenId, { application, username, context }))
    await sheet(page).getByText('Details').click()
    for (const name of [application, username, organisation]) await standApart(page, name)
    await look(page, 'request')
  })

  test(`names: ${kind}, on an outcome`, async ({ handset }) => {
    handset.organisation = organisation
    handset.answers['POST /decisions'] = { json: { state: 'approved', reason: null } }
    const page = await handset.openRequest(
      someRequest(handset.tokenId, { application, username, purpose: 'verify-caller' }),
    )
    await look(page, 'caller')
    await page.clock.resume()
    await approve(page)
    await standApart(page, application)
    await look(page, 'outcome')
  })

  test(`names: ${kind}, in history and dialogs`, async ({ handset }) => {
    handset.organisation = organisation
    const context = { location: organisation, client: application }
    handset.history = [somePast(handset.tokenId, { application, username, context })]
    const page = await handset.open('/history')
    await page.getByRole('button', { name: 'It wasn’t me!' }).click()
    for (const name of [application, username, organisation]) await standApart(page, name)
    await look(page, 'history')
  })

  test(`names: ${kind}, on the login page`, async ({ login }) => {
    const named = { application, organisation }
    const page = await login.open(password({ ...named, loginHint: username }))
    for (const name of [application, organisation]) await standApart(page, name)
    await look(page, 'login-password')
  })

  test(`names: ${kind}, where the login page waits`, async ({ login }) => {
    const page = await login.open(confirm({ application, organisation, username }))
    await standApart(page, username)
    await look(page, 'login-confirm')
    login.answers.push = waiting({}, { application, organisation, username })
    await page.getByRole('button', { name: 'Submit' }).click()
    await page.getByText('Open the notification on your device and type 42').waitFor()
    await standApart(page, application)
    await look(page, 'login-waiting')
  })
}
