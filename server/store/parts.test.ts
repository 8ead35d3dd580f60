// An installation that has a log already: it is in parts from its next start on, and nobody waits while that is made so.
import { type Kysely, sql } from 'kysely'
import { expect, inject, it } from 'vitest'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES } from '../../test/support/engines.ts'
import { newSealer, random } from '../../test/support/enrolled.ts'
import { createDatabase, dropDatabase } from '../../test/support/postgres.ts'
import { openSigner } from '../audit/chain/mark.ts'
import { sealEntries } from '../audit/chain/seal.ts'
import { verifyStore } from '../audit/export.ts'
import { record } from '../audit/record.ts'
import { migrations } from './migrations.ts'
import { partsOf } from './parts.ts'
import { COLUMNS, openPostgres } from './postgres.ts'
import type { Store } from './store.ts'

const { '0089-audit-in-parts+': inParts, ...before } = migrations(COLUMNS)

it.runIf(ENGINES.includes('postgres'))(
  'a log that is there becomes the first part as it stands, and an older release goes on writing to it',
  async () => {
    const url = await createDatabase(inject('postgresUrl'))
    const opened: Store[] = []
    const open = async (known = migrations(COLUMNS)) => {
      const store = await openPostgres(url, { known })
      opened.push(store)
      return store
    }
    try {
      const older = await open(before)
      const auditSigner = await openSigner({ store: older, sealer: newSealer() })
      const needs = { clock: new ManualClock(), random, auditSigner, organisation: { name: 'Meridian' } }
      const happen = (store: Store) => store.write((tx) => record(tx, { at: 1, kind: 'signed-in' }))
      const fileOf = async (table: string) =>
        (await sql`select pg_relation_filenode(to_regclass(${table})) as file`.execute(older.read)).rows[0]
      for (let entry = 0; entry < 3; entry++) await happen(older)
      await sealEntries({ ...needs, store: older })
      const files = [await fileOf('audit'), await fileOf('audit_seals')]

      // As a start that was killed before it came to its transaction.
      await inParts?.ahead?.(older.read as unknown as Kysely<unknown>)
      await happen(older)
      const newer = await open()
      expect([await fileOf('audit_part_first'), await fileOf('audit_seals_part_first')]).toEqual(files)
      await happen(older)
      await sealEntries({ ...needs, store: older })
      await happen(newer)
      await older.ping()
      expect(await verifyStore({ ...needs, store: newer })).toMatchObject({ ok: true, entries: 6 })
      expect(await partsOf(newer.read, 'audit')).toEqual([{ name: 'audit_part_first', from: 0, to: 10_000_003 }])
      // Nothing is refused beyond it, by either release.
      await sql`select setval('audit_seq_seq', 20000000)`.execute(newer.read)
      await happen(older)
      await sealEntries({ ...needs, store: older })
      expect(await verifyStore({ ...needs, store: newer })).toMatchObject({ ok: true, entries: 7 })
    } finally {
      await Promise.all(opened.map((store) => store.close()))
      await dropDatabase(url)
    }
  },
)
