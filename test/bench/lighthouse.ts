// Lighthouse's word on how fast a page is there at the first visit, on its own phone: a slow network, a slow processor,
// nothing in any cache. The app, and the login page by way of a site that sends somebody there.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findChromium } from '../support/chromium.ts'
import { install } from './at-hand.ts'
import { type Figure, median } from './figures.ts'
import { House } from './house.ts'
import { OidcLogins } from './oidc-logins.ts'

const run = promisify(execFile)
const FOLDER = join(import.meta.dirname, '../../node_modules/.cache/bench-lighthouse')
const PROGRAM = join(FOLDER, 'node_modules/lighthouse/cli/index.js')
const CHROMIUM = ['--headless=new', '--no-sandbox', '--disable-gpu']
const VERIFIER = 'a'.repeat(43)

/** Too large to stand among the house's own packages. @throws NotAtHand */
export async function lighthouse(times: number): Promise<Figure[]> {
  await installLighthouse()
  const house = await House.open()
  try {
    const { oidc } = await house.doors()
    const login = new OidcLogins(house.origin, oidc, []).authorization(VERIFIER)
    return [await figureOf('the app', `${house.origin}/`, times), await figureOf('the login page', login, times)]
  } finally {
    await house.close()
  }
}

async function installLighthouse(): Promise<void> {
  if (existsSync(PROGRAM)) return
  mkdirSync(FOLDER, { recursive: true })
  const words = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', FOLDER, 'lighthouse@12']
  await install('Lighthouse', () => run('npm', words))
}

type Report = {
  categories: { performance: { score: number } }
  audits: Record<
    'first-contentful-paint' | 'largest-contentful-paint' | 'total-blocking-time',
    { displayValue: string }
  >
}

async function figureOf(page: string, url: string, times: number): Promise<Figure> {
  const reports: Report[] = []
  for (let n = 0; n < times; n++) reports.push(await reportOn(url))
  const value = 100 * median(reports.map(({ categories }) => categories.performance.score))
  const { audits } = reports.at(-1) as Report
  const [first, largest, blocked] = [
    audits['first-contentful-paint'],
    audits['largest-contentful-paint'],
    audits['total-blocking-time'],
  ].map(({ displayValue }) => displayValue)
  const note = `first paint ${first}, largest ${largest}, blocked ${blocked}`
  return { name: `Lighthouse, performance of ${page}`, value, unit: 'of 100', note }
}

async function reportOn(url: string): Promise<Report> {
  const words = [url, '--quiet', '--output=json', '--only-categories=performance']
  const flags = `--chrome-flags=${CHROMIUM.join(' ')}`
  const env = { ...process.env, CHROME_PATH: findChromium() }
  const { stdout } = await run(process.execPath, [PROGRAM, ...words, flags], { env, maxBuffer: 1e8 })
  return JSON.parse(stdout) as Report
}
