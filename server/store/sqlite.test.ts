// What is asked of the embedded engine in one transaction happens whole or not at all, on a full disk too.
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, expect, it } from 'vitest'
import { isOutage } from './outage.ts'
import { openSqlite } from './sqlite.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('of what is asked for together nothing is committed alone when SQLite rolls back by itself', async () => {
  const store = await openSqlite(join(folder, 'full.db'))
  const written = store.write(async (tx) => {
    const { page_count } = (await sql<{ page_count: number }>`pragma page_count`.execute(tx)).rows[0] ?? {}
    await sql.raw(`pragma max_page_count = ${page_count}`).execute(tx)
    const put = (name: string, value: string) => tx.insertInto('settings').values({ name, value }).execute()
    await Promise.all([put('large', 'x'.repeat(100_000)), put('small', 'x')])
  })
  const error = await written.catch((reason: unknown) => reason)
  expect(isOutage(error)).toBe(true)
  const left = await store.read.selectFrom('settings').selectAll().where('name', 'in', ['large', 'small']).execute()
  expect(left).toEqual([])
  await store.close()
})

it('a store is for nobody else on this machine, in a folder that everybody may look into too', async () => {
  const open = mkdtempSync(join(folder, 'open-'))
  chmodSync(open, 0o755)
  const modes = async () => {
    const store = await openSqlite(join(open, 'countersign.db'))
    await store.write((tx) => tx.deleteFrom('settings').where('name', '=', 'none').execute())
    const found = readdirSync(open).map((name) => (statSync(join(open, name)).mode & 0o777).toString(8))
    await store.close()
    return found
  }
  expect(await modes()).toEqual(['600', '600', '600'])
  const modesFrom = (mode: number) => {
    chmodSync(join(open, 'countersign.db'), mode)
    return modes()
  }
  // As copied back, or made by an earlier release: no group was let in.
  expect(await modesFrom(0o644)).toEqual(['600', '600', '600'])
  for (const given of [0o640, 0o645]) expect(await modesFrom(given)).toEqual(['640', '640', '640'])
})
