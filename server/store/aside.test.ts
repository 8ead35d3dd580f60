// What is read in a thread of its own is what stands in the store, and holds up nobody.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, expect, it } from 'vitest'
import { openSqlite } from './sqlite.ts'
import { lookingOn, type Store } from './store.ts'

const opened: { store: Store; folder: string }[] = []

afterEach(async () => {
  for (const { store, folder } of opened.splice(0)) {
    await store.close()
    rmSync(folder, { recursive: true })
  }
})

/** @param large bytes from which on reads go aside */
async function storeFrom(large: number): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-aside-'))
  const store = await openSqlite(join(folder, 'countersign.db'), large)
  opened.push({ store, folder })
  return store
}

const setting = (store: Store, name: string) =>
  store.read.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst()
const remember = (store: Store, name: string) =>
  store.write((tx) => tx.insertInto('settings').values({ name, value: 'there' }).execute())

it('shows what was committed before', async () => {
  const store = await storeFrom(0)
  expect(store.aside()).not.toBe(store.read)
  for (const name of ['first', 'second']) {
    expect(await setting(lookingOn({ store }).store, name)).toBeUndefined()
    await remember(store, name)
    expect(await setting(lookingOn({ store }).store, name)).toEqual({ value: 'there' })
  }
})

it('lets others read meanwhile', async () => {
  const store = await storeFrom(0)
  const order: string[] = []
  const long = sql`with recursive n(i) as (select 1 union all select i + 1 from n where i < 300000) select max(i) from n`
  const looking = long.execute(store.aside()).then(() => order.push('looked'))
  // Answered in this very turn of the event loop, in which no other thread is heard.
  await sql`select 1`.execute(store.read).then(() => order.push('read'))
  await looking
  expect(order).toEqual(['read', 'looked'])
})

it('says what is wrong with a question, answers the next one, and writes nothing', async () => {
  const store = await storeFrom(0)
  await expect(sql`select nonsense`.execute(store.aside())).rejects.toThrow('nonsense')
  await expect(sql`delete from settings returning name`.execute(store.aside())).rejects.toThrow('readonly')
  expect(await setting(lookingOn({ store }).store, 'any')).toBeUndefined()
})

it('goes the short way in a small store', async () => {
  const store = await storeFrom(2 ** 40)
  expect(store.aside()).toBe(store.read)
})
