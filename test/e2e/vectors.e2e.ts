// The vectors where they are used: the same suite as in Node, bundled, inside a page and inside a worker.
import { fileURLToPath } from 'node:url'
import { type Browser, expect, type Page, test } from '@playwright/test'
import { bundled } from '../support/bundled.ts'
import { launchComputers } from '../support/chromium.ts'
import type { Outcome } from '../vectors/vector.ts'

/** Answered by the test itself; browsers give Web Crypto to https only. */
const ORIGIN = 'https://vectors.test'

let browser: Browser
let script: string

test.beforeAll(async () => {
  script = await bundled(fileURLToPath(new URL('../vectors/run-here.ts', import.meta.url)))
  browser = await launchComputers()
})
test.afterAll(() => browser.close())

test('a page computes what the standards say', async () => {
  const page = await visit()
  await page.addScriptTag({ url: `${ORIGIN}/vectors.js`, type: 'module' })
  await page.waitForFunction(() => 'runVectors' in globalThis)
  passed(await page.evaluate(() => (globalThis as unknown as { runVectors(): Promise<Outcome[]> }).runVectors()))
})

test('a worker computes what the standards say', async () => {
  const page = await visit()
  passed(
    await page.evaluate(
      () =>
        new Promise<Outcome[]>((resolve, reject) => {
          const worker = new Worker('/vectors.js', { type: 'module' })
          worker.addEventListener('message', ({ data }) => resolve(data))
          worker.addEventListener('error', ({ message }) => reject(new Error(message)))
        }),
    ),
  )
})

function passed(outcomes: Outcome[]): void {
  expect(outcomes.length).toBeGreaterThan(0)
  expect(outcomes.filter(({ ok }) => !ok)).toEqual([])
}

async function visit(): Promise<Page> {
  const page = await browser.newPage()
  await page.route(`${ORIGIN}/**`, (route) => {
    const isScript = route.request().url().endsWith('.js')
    return route.fulfill({
      contentType: isScript ? 'text/javascript' : 'text/html',
      body: isScript ? script : '<!doctype html><title>Vectors</title>',
    })
  })
  await page.goto(ORIGIN)
  return page
}
