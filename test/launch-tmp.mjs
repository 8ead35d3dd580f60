import { launchBrowser } from './support/chromium.ts'

const n = 6
const extra = JSON.parse(process.argv[2] ?? '[]')
for (let i = 0; i < n; i++) {
  const b = await launchBrowser({ args: extra })
  const p = await b.context.newPage()
  await p.goto('data:text/html,<h1>x</h1>')
  await p.screenshot()
  await b.close()
}
