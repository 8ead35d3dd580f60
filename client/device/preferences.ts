// What a person chose for this installation.
import type { Preferences } from './schema.ts'
import type { DeviceStore } from './store.ts'

const DEFAULTS: Preferences = { hideCodes: false, appearance: 'system' }

export async function readPreferences(store: DeviceStore): Promise<Preferences> {
  return { ...DEFAULTS, ...(await store.get('preferences', 'current')) }
}

export async function changePreferences(store: DeviceStore, change: Partial<Preferences>): Promise<Preferences> {
  const changed = { ...(await readPreferences(store)), ...change }
  await store.write({ put: 'preferences', key: 'current', value: changed })
  return changed
}
