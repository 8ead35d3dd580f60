// What a person waits for on a locked phone: a push until it can be read, a press until the decision has left. The
// worker is the app's own; times are taken outside the browser, at its notification area and at its way out.
import { type Figure, median, percentile } from './figures.ts'
import { type OwnPhone, stopWorkers } from './own-phone.ts'
import { slowly, TIMES } from './slow-processor.ts'

type Times = { shown: number[]; sent: number[] }

/** Nothing tells from outside when a browser knows of a press on what it has just shown: a slow one later. */
const UNHURRIED = 500

/** @param rounds of each kind */
export async function notifications(own: OwnPhone, rounds: number): Promise<Figure[]> {
  await notificationTimes(own, { rounds: 1, asleep: false })
  const usual = await bothOf(own, rounds)
  const slowed = await slowly(own.phone.browser, () => bothOf(own, rounds, TIMES))
  return [...figuresOf('', usual), ...(slowed ? figuresOf(`, whole browser ${TIMES} × slower`, slowed) : [])]
}

async function bothOf(own: OwnPhone, rounds: number, slowness = 1): Promise<{ awake: Times; asleep: Times }> {
  return {
    awake: await notificationTimes(own, { rounds, asleep: false, slowness }),
    asleep: await notificationTimes(own, { rounds, asleep: true, slowness }),
  }
}

type Kind = { rounds: number; asleep: boolean; slowness?: number }

/** @param asleep the worker must be started first */
async function notificationTimes(own: OwnPhone, { rounds, asleep, slowness = 1 }: Kind): Promise<Times> {
  const { phone } = own
  const times: Times = { shown: [], sent: [] }
  for (let round = 0; round < rounds; round++) {
    if (asleep) await stopWorkers(phone.browser)
    const [arrived] = await Promise.all([own.nextPush(), own.ask()])
    const notification = await phone.asked()
    times.shown.push(notification.at - arrived)
    await new Promise((resolve) => setTimeout(resolve, UNHURRIED * slowness))
    if (asleep) await stopWorkers(phone.browser)
    const pressed = Date.now()
    const [sent] = await Promise.all([own.nextDecision(), phone.tray.press(notification, 'Approve')])
    times.sent.push(sent - pressed)
    await phone.told('Approved')
  }
  return times
}

function figuresOf(how: string, { awake, asleep }: { awake: Times; asleep: Times }): Figure[] {
  return [
    figure(`push arrived → notification shown${how}`, awake.shown),
    figure(`the same, its worker started first${how}`, asleep.shown),
    figure(`press → decision sent${how}`, awake.sent),
    figure(`the same, its worker started first${how}`, asleep.sent),
  ]
}

function figure(name: string, times: readonly number[]): Figure {
  return { name, value: median(times), unit: 'ms', note: `p95 ${percentile(times, 0.95)} ms` }
}
