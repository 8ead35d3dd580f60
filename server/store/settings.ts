// Values an installation makes once and keeps.
import type { Store } from './store.ts'

/** The stored value, or the one made now; all processes end up with the same. */
export async function settingOf(store: Store, name: string, make: () => Promise<string> | string): Promise<string> {
  const known = await read(store, name)
  if (known !== undefined) return known
  const value = await make()
  await store.write((tx) =>
    tx
      .insertInto('settings')
      .values({ name, value })
      .onConflict((c) => c.column('name').doNothing())
      .execute(),
  )
  return (await read(store, name)) ?? value
}

async function read(store: Store, name: string): Promise<string | undefined> {
  const row = await store.read.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst()
  return row?.value
}
