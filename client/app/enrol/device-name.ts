// What this device is called in lists until its person says otherwise. A name for people: nothing is decided by it.

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

export type Described = { browser: string; platform: string }

export function describeBrowser(userAgent: string): Described {
  const named = (names: readonly (readonly [string, RegExp])[], otherwise: string) =>
    names.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? otherwise
  return { browser: named(BROWSERS, 'Browser'), platform: named(PLATFORMS, 'Web') }
}

type Hints = { getHighEntropyValues?(hints: string[]): Promise<{ model?: string }> }

/** The model of a phone where the browser tells it ('Pixel 9'), else undefined. */
export async function modelOf(navigator: object): Promise<string | undefined> {
  const { userAgentData } = navigator as { userAgentData?: Hints }
  const told = await userAgentData?.getHighEntropyValues?.(['model'])
  return told?.model?.trim().slice(0, 64) || undefined
}
