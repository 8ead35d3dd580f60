// What this device is called in lists until its person says otherwise. A name for people: nothing is decided by it. Where
// they have another of that name, the server numbers it.
import { LABEL_LENGTH } from '../../../protocol/text.ts'
import { t } from '../../../words/enrol.ts'

const BROWSERS = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /(?:Chrome|CriOS)\//],
  ['Safari', /\bSafari\//],
] as const

const PLATFORMS = [
  ['Android', /Android/],
  ['iPhone', /iPhone/],
  ['iPad', /iPad/],
  ['ChromeOS', /CrOS/],
  ['Windows', /Windows/],
  ['Mac', /Macintosh/],
  ['Linux', /Linux/],
] as const

type Described = { browser: string; platform: string }
type Hints = { getHighEntropyValues?(hints: string[]): Promise<{ model?: string }> }
type Naming = { userAgent: string; userAgentData?: Hints }

/** By its model where the browser tells it ('Pixel 9'), else by browser and platform. @param given by its person: asks nothing */
export async function describeDevice(navigator: object, given?: string): Promise<{ name: string; platform: string }> {
  const naming = navigator as Naming
  const described = describeBrowser(naming.userAgent)
  const name = given ?? ((await modelOf(naming)) || t('device.defaultName', described))
  return { name, platform: described.platform }
}

/** A browser that refuses to tell stops nobody's enrolment. */
async function modelOf({ userAgentData }: Naming): Promise<string | undefined> {
  const told = await userAgentData?.getHighEntropyValues?.(['model']).catch(() => undefined)
  return told?.model?.trim().slice(0, LABEL_LENGTH)
}

function describeBrowser(userAgent: string): Described {
  const named = (names: readonly (readonly [string, RegExp])[], otherwise: string) =>
    names.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? otherwise
  return { browser: named(BROWSERS, 'Browser'), platform: named(PLATFORMS, 'Web') }
}
