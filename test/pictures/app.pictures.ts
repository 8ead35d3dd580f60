// The two sides of a sign-in, side by side, and the devices of a person.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { sheet } from '../e2e/phone.ts'
import { waiting } from '../e2e/screens/login-screen.ts'
import { someRequest } from '../e2e/screens/sayings.ts'
import { expect, test } from '../e2e/screens/stage.ts'
import { inSight, picture } from './picture.ts'

const NOW = new Date('2026-03-03T09:41:00.000Z')

async function onPhone(page: Page): Promise<void> {
  await page.setViewportSize({ width: 412, height: 800 })
}

test('a sign-in: the page with a number, and the request', async ({ login, handset, computers }) => {
  const page = await login.open(waiting({ delivery: 'shown' }))
  await expect(page.getByText('42', { exact: true }).first()).toBeVisible()
  await page.setViewportSize({ width: 440, height: 800 })

  const app = await handset.openRequest(someRequest(handset.tokenId, { number: { digits: 2 }, since: 3, left: 57 }))
  await onPhone(app)
  await sheet(app).getByLabel('Type the number on your sign-in page').fill('42')

  const pictures = [await inSight(page), await inSight(app)]
  const desk = await computers.newPage({ viewport: { width: 1000, height: 880 } })
  await desk.setContent(sideBySide(pictures))
  await expect.poll(() => desk.evaluate(() => [...document.images].every((image) => image.complete))).toBe(true)
  await picture(desk, 'sign-in')
  await desk.close()
})

/** As people read who asks, door by door. */
const ASKED: [door: string, asked: Parameters<typeof someRequest>[1]][] = [
  ['radius', { application: 'VPN', context: { ip: '203.0.113.7', location: 'Rotterdam, Netherlands' } }],
  ['site', { application: 'Wiki' }],
  ['entra', { application: 'Microsoft 365' }],
]

for (const [door, asked] of ASKED)
  test(`a request that came by ${door}`, async ({ handset }) => {
    const app = await handset.openRequest(someRequest(handset.tokenId, { since: 3, left: 57, ...asked }))
    await onPhone(app)
    await expect(sheet(app).getByRole('button', { name: 'Approve' })).toBeVisible()
    await picture(app, `request-${door}`)
  })

test('sudo: what the terminal says, and the request', async ({ handset, computers }) => {
  const terminal = `$ sudo true\n[sudo] password for alice:\n${await saidBySudo('42')}`
  const context = { resource: 'sudo on build-1' }
  const asked = { application: 'Build machines', context, number: { digits: 2 }, since: 3, left: 57 } as const
  const app = await handset.openRequest(someRequest(handset.tokenId, asked))
  await onPhone(app)
  await sheet(app).getByLabel('Type the number on your sign-in page').fill('42')
  const desk = await computers.newPage({ viewport: { width: 1000, height: 880 } })
  await desk.setContent(besideTerminal(terminal, await inSight(app)))
  await expect.poll(() => desk.evaluate(() => [...document.images].every((image) => image.complete))).toBe(true)
  await picture(desk, 'request-pam')
  await desk.close()
})

/** By the script itself, whose question is always the same one here. */
async function saidBySudo(number: string): Promise<string> {
  const answer = JSON.stringify({ id: 'req_0', secret: 's', state: 'pending', number })
  const server = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const folder = await mkdtemp(join(tmpdir(), 'countersign-sudo-'))
  const conf = join(folder, 'conf')
  await writeFile(conf, `url = http://localhost:${(server.address() as AddressInfo).port}\nkey = csk_x\n`)
  const script = join(import.meta.dirname, '../../server/admin/docs/countersign-pam')
  const env = { ...process.env, PAM_USER: 'alice', PAM_SERVICE: 'sudo' }
  const child = spawn('sh', [script, conf], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  const [said] = await once(child.stdout, 'data')
  child.kill()
  await once(child, 'exit')
  server.close()
  await rm(folder, { recursive: true })
  return String(said)
}

function besideTerminal(text: string, phone: string): string {
  return `<body style="display:flex;gap:48px;justify-content:center;align-items:center;height:880px;margin:0;background:#e0e7f2">
    <pre style="margin:0;padding:24px;width:450px;height:220px;box-sizing:border-box;border-radius:12px;border-top:28px solid #cbd7e6;background:#17202c;color:#e8eef6;font:15px/1.7 monospace;white-space:pre-wrap">${text}</pre>
    <img alt="" src="data:image/webp;base64,${phone}" style="height:800px;border:10px solid #17202c;border-radius:36px;box-sizing:border-box">`
}

test('the devices of a person', async ({ handset }) => {
  const own = { platform: 'Android', username: 'alice', addedAt: NOW.toISOString(), suspended: false, lastUsedAt: null }
  const id = (last: number) => `dev_${'0'.repeat(25)}${last}`
  handset.answers['GET /devices'] = {
    json: {
      devices: [
        { ...own, id: id(1), name: 'Pixel 9', current: true, lastUsedAt: NOW.toISOString() },
        { ...own, id: id(2), name: 'iPad in the kitchen', platform: 'iPadOS', current: false },
      ],
    },
  }
  handset.answers['GET /notices'] = { json: { notices: [] } }
  const app = await handset.open('/devices')
  await onPhone(app)
  await expect(app.getByRole('heading', { name: 'iPad in the kitchen' })).toBeVisible()
  await picture(app, 'app-devices')
})

function sideBySide(pictures: string[]): string {
  const frames = pictures.map((data) => `<img alt="" src="data:image/webp;base64,${data}">`).join('')
  return `<body style="display:flex;gap:56px;justify-content:center;align-items:center;height:880px;margin:0;background:#e0e7f2">
    <style>img{height:800px;border:10px solid #17202c;border-radius:36px;box-sizing:border-box}
    img:first-of-type{border:1px solid #b9c8da;border-top:28px solid #cbd7e6;border-radius:12px}</style>${frames}`
}
