// The app as somebody opens it who has it already: its worker is installed, its parts stand in its cache, the server is
// not there. From the start of the navigation to the first paint, and to codes that can be read.
import type { Page } from '@playwright/test'
import { type Figure, median, percentile } from './figures.ts'
import { type OwnPhone, stopWorkers } from './own-phone.ts'
import { slowly, TIMES } from './slow-processor.ts'

type Times = { painted: number[]; ready: number[] }

export async function appPaint(own: OwnPhone, rounds: number): Promise<Figure[]> {
  const { browser } = own.phone
  browser.setConnected(false)
  await paintTimes(own, 1)
  const usual = await paintTimes(own, rounds)
  const throttled = await paintTimes(own, rounds, throttle)
  const slowed = await slowly(browser, () => paintTimes(own, rounds))
  return [
    ...figuresOf('', usual),
    ...figuresOf(`, page ${TIMES} × slower (DevTools)`, throttled),
    ...(slowed ? figuresOf(`, whole browser ${TIMES} × slower`, slowed) : []),
  ]
}

/** Of a new window each time, the worker asleep. */
async function paintTimes({ phone }: OwnPhone, rounds: number, prepare = async (_page: Page) => {}): Promise<Times> {
  const times: Times = { painted: [], ready: [] }
  for (let round = 0; round < rounds; round++) {
    await stopWorkers(phone.browser)
    const page = await phone.browser.context.newPage()
    await prepare(page)
    await page.addInitScript(watchForCodes)
    await page.goto(phone.origin)
    const { painted, ready } = await page.evaluate(whenSeen)
    times.painted.push(painted)
    times.ready.push(ready)
    await page.close()
  }
  return times
}

async function throttle(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: TIMES })
}

declare global {
  var codesShown: Promise<number>
}

/** In the page. The code itself is what somebody opens the app for. */
function watchForCodes(): void {
  globalThis.codesShown = new Promise((resolve) => {
    const look = () => {
      if (!/\d{3}\s?\d{3}/.test(document.querySelector('main')?.textContent ?? '')) return
      watch.disconnect()
      // With the next frame it is on the screen.
      requestAnimationFrame(() => resolve(performance.now()))
    }
    const watch = new MutationObserver(look)
    watch.observe(document, { childList: true, subtree: true, characterData: true })
  })
}

/** In the page. */
async function whenSeen(): Promise<{ painted: number; ready: number }> {
  const painted = new Promise<number>((resolve) => {
    const watch = new PerformanceObserver((list) => {
      const paint = list.getEntriesByName('first-contentful-paint')[0]
      if (paint) resolve(paint.startTime)
    })
    watch.observe({ type: 'paint', buffered: true })
  })
  return { painted: await painted, ready: await globalThis.codesShown }
}

function figuresOf(how: string, { painted, ready }: Times): Figure[] {
  return [figure(`app opened → first paint${how}`, painted), figure(`app opened → ready${how}`, ready)]
}

function figure(name: string, times: readonly number[]): Figure {
  return { name, value: median(times), unit: 'ms', note: `p95 ${percentile(times, 0.95).toFixed(0)} ms` }
}
