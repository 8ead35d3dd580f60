// Whether push services can be reached the way pushes will go, and what their clocks say about ours.
import { request } from 'undici'
import type { Config } from '../../config.ts'
import { isLocalName } from '../../config-values.ts'
import type { Outbound } from '../../push/outbound.ts'
import { about, type Finding } from './finding.ts'

/** Where Chrome, Firefox and Safari have their pushes sent. */
const BROWSERS = [
  'https://fcm.googleapis.com',
  'https://updates.push.services.mozilla.com',
  'https://web.push.apple.com',
]

const ANSWER_WITHIN_MS = 5000
/** A `Date` has whole seconds, and the answer took a while. */
const CLOCK_MAY_DIFFER_MS = 10_000

/** @param date what the answer's `Date` said, milliseconds */
export type Reached = { origin: string; date: number | undefined; roundTrip: number }
export type Reach = { reached: Reached[]; silent: string[] }

/** Any answer will do: nothing is asked of the service but that it is there. */
export async function reachPushServices(config: Config, outbound: Outbound, now: () => number): Promise<Reach> {
  const origins = [...config.pushOrigins, ...BROWSERS]
  const answers = await Promise.all(origins.map((origin) => reach(origin, outbound, now)))
  return {
    reached: answers.filter((answer) => answer !== undefined),
    silent: origins.filter((_, index) => !answers[index]),
  }
}

async function reach(origin: string, outbound: Outbound, now: () => number): Promise<Reached | undefined> {
  const sent = now()
  try {
    const { headers, body } = await request(origin, {
      method: 'GET',
      dispatcher: await outbound.dispatcher(origin),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    await body.dump()
    const date = Date.parse(String(headers.date))
    return { origin, date: Number.isNaN(date) ? undefined : date, roundTrip: now() - sent }
  } catch {
    // Whatever it was, pushes would meet it too: that is what is told.
    return undefined
  }
}

export function judgeReach(
  { reached, silent }: Reach,
  { url, httpsProxy }: Pick<Config, 'url' | 'httpsProxy'>,
): Finding {
  const { ok, warning, problem } = about('push services')
  const way = httpsProxy === undefined ? 'directly' : 'through HTTPS_PROXY'
  if (silent.length === 0) return ok(`All ${reached.length} that were tried answer, ${way}.`)
  const remedy =
    httpsProxy === undefined
      ? 'Let this machine open https connections to them, or set HTTPS_PROXY.'
      : 'See that the proxy lets this machine through to them.'
  if (reached.length > 0) return warning(`No answer, ${way}, from ${silent.join(', ')}.`, remedy)
  const told = `No push service answers, ${way}: requests reach people only while the app is open.`
  const isTrial = url === undefined || isLocalName(new URL(url).hostname)
  return isTrial ? warning(`${told} This machine may be offline.`, remedy) : problem(told, remedy)
}

/** Codes change every 30 seconds and proofs live for 60: a clock that is off refuses everybody. */
export function judgeClock({ reached }: Reach, now: number): Finding {
  const { ok, problem, notChecked } = about('clock')
  const dated = reached.filter((answer) => answer.date !== undefined)
  if (dated.length === 0) return notChecked('Nothing that could be reached tells the time.')
  const differences = dated.map(({ date = now, roundTrip }) => now - date - roundTrip / 2).sort((a, b) => a - b)
  const off = differences[Math.floor(differences.length / 2)] ?? 0
  const seconds = Math.abs(Math.round(off / 1000))
  if (Math.abs(off) <= CLOCK_MAY_DIFFER_MS) return ok('It agrees with the push services’.')
  const direction = off > 0 ? 'fast' : 'slow'
  return problem(
    `This machine’s clock is ${seconds} s ${direction}.`,
    'Have it set by NTP, e.g. timedatectl set-ntp true',
  )
}
