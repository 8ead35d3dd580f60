// The picture in the README: the login page waits with a number, and the device asks for it. `UPDATE_PICTURES=1 npx
// playwright test screens-overview` draws docs/pictures/overview.png anew; without, it goes where no one keeps it.
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Page } from '@playwright/test'
import { sheet } from './phone.ts'
import { waiting } from './screens/login-screen.ts'
import { someRequest } from './screens/sayings.ts'
import { type Look, PHONE, Sizes } from './screens/sizes.ts'
import { expect, test } from './screens/stage.ts'

const FILE = process.env.UPDATE_PICTURES ? 'docs/pictures/overview.png' : 'test/out/screens/overview.png'

test('the picture of the whole: the number on the login page, and the device that asks for it', async ({
  handset,
  login,
  computers,
}) => {
  const page = await login.open(waiting({ since: 5, delivery: 'shown' }))
  await expect(page.getByText('Open the notification on your device and type 42')).toBeVisible()
  const atTheDesk = await pictureOf(page, { ...PHONE, width: 460, height: 800 })

  const phone = await handset.openRequest(someRequest(handset.tokenId, { number: { digits: 2 }, since: 5, left: 55 }))
  await sheet(phone).getByLabel('Type the number on your sign-in page').fill('42')
  const onThePhone = await pictureOf(phone, { ...PHONE, height: 800 })

  const context = await computers.newContext({ viewport: { width: 960, height: 720 }, deviceScaleFactor: PHONE.scale })
  const paper = await context.newPage()
  await paper.setContent(drawing(atTheDesk, onThePhone))
  await mkdir(dirname(FILE), { recursive: true })
  await paper.screenshot({ path: FILE })
  await context.close()
})

async function pictureOf(page: Page, look: Look): Promise<string> {
  const sizes = await Sizes.of(page)
  const file = `test/out/screens/overview-${look.width}.png`
  await sizes.show(look)
  await sizes.picture(look, file)
  return readFile(file, 'base64')
}

function drawing(desk: string, phone: string): string {
  return `<!doctype html><style>
    body { margin: 0; height: 720px; display: flex; gap: 88px; align-items: center; justify-content: center;
      background: #dfe8f3 }
    figure { margin: 0; overflow: hidden; background: #f3f6fa }
    .window { border: 1px solid #c3cfde; border-radius: 12px }
    .bar { height: 28px; display: flex; gap: 8px; align-items: center; padding-left: 14px; background: #cfdae8 }
    .bar i { width: 10px; height: 10px; border-radius: 50%; background: #a9b9cc }
    .window img { display: block; width: 368px }
    .phone { border: 9px solid #17202c; border-radius: 40px }
    .phone img { display: block; width: 330px }
  </style>
  <figure class="window"><div class="bar"><i></i><i></i><i></i></div><img alt="" src="data:image/png;base64,${desk}"></figure>
  <figure class="phone"><img alt="" src="data:image/png;base64,${phone}"></figure>`
}
