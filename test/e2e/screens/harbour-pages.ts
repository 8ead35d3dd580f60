// The demonstration's pages as its own site draws them; only who is signed in there is made up.
import type { Page } from '@playwright/test'
import type { Person, SignInChecks } from '../../../server/demo/harbour/relying-party.ts'
import { Remembered } from '../../../server/demo/harbour/remembered.ts'
import { harbourSite } from '../../../server/demo/harbour/site.ts'

const URL_OF_HARBOUR = 'https://harbour.test'

/** @param person who is signed in */
export async function visitHarbour(page: Page, path: string, person?: Person): Promise<void> {
  const limits = { now: () => Date.now(), seconds: 600, most: 10 }
  const sessions = new Remembered<Person>(limits)
  const unused = () => Promise.reject(new Error('nobody signs in here'))
  const party = { begin: unused, complete: unused }
  const site = harbourSite({ url: URL_OF_HARBOUR, party, signIns: new Remembered<SignInChecks>(limits), sessions })
  const headers = new Headers(person && { cookie: `harbour-session=${sessions.keep(person)}` })
  await page.route(`${URL_OF_HARBOUR}/**`, async (route) => {
    const answer = await site.request(route.request().url(), { headers })
    await route.fulfill({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: await answer.text(),
    })
  })
  await page.goto(URL_OF_HARBOUR + path)
}
