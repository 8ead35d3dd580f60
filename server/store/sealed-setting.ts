// A secret that an installation makes once and keeps: only the master key opens it.
import type { Sealer } from './sealer.ts'
import { settingOf } from './settings.ts'
import type { Store } from './store.ts'

export const sealedSettingCell = (name: string) => ({ table: 'settings', column: 'value', id: name })

/** The stored secret, or the one made now; all processes end up with the same. */
export async function sealedSettingOf(
  { store, sealer }: { store: Store; sealer: Sealer },
  name: string,
  make: () => Promise<string> | string,
): Promise<string> {
  const cell = sealedSettingCell(name)
  const sealed = await settingOf(store, name, async () => sealer.seal(await make(), cell))
  return sealer.openText(sealed, cell)
}
