// The app's icon on the home screen, and what stands on it.
import type { Phone } from './phone.ts'

/** The app is put on the home screen. @returns the number that stands on its icon there */
export async function install({ browser: { cdp }, origin }: Phone): Promise<() => Promise<number>> {
  const manifestId = `${origin}/`
  await cdp.send('PWA.install', { manifestId, installUrlOrBundleUrl: manifestId })
  return async () => (await cdp.send('PWA.getOsAppState', { manifestId })).badgeCount
}
