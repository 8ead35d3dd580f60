// A directory that names a next page each time.
import type { Client } from 'ldapts'
import { expect, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { everything } from './everything.ts'

async function* endless() {
  for (;;) yield { searchEntries: [{ dn: 'cn=alice' }, { dn: 'cn=bob' }], searchReferences: [] }
}
const client = { searchPaginated: () => endless() } as unknown as Client

async function read(found: ReturnType<typeof everything>, each: () => Promise<void> = async () => {}): Promise<number> {
  let entries = 0
  for await (const _ of found('dc=harbour', {})) {
    entries += 1
    await each()
    if (entries > 100) return entries
  }
  return entries
}

it('is believed up to as many entries as a directory can hold', async () => {
  await expect(read(everything(client, new ManualClock(), 10))).rejects.toThrow('12 entries so far')
})

it('is believed up to as many references', async () => {
  const elsewhere = async function* () {
    for (let page = 0; page < 100; page++)
      yield { searchEntries: [], searchReferences: ['ldap://a.example/', 'ldap://b.example/'] }
  }
  const referring = { searchPaginated: () => elsewhere() } as unknown as Client
  await expect(read(everything(referring, new ManualClock(), 10))).rejects.toThrow('12 entries so far')
})

it('is believed for half an hour, whatever is searched for in it', async () => {
  const clock = new ManualClock()
  const found = everything(client, clock)
  expect(await read(found)).toBe(101)
  await expect(read(found, () => clock.jump(60_000))).rejects.toThrow('half an hour')
})
