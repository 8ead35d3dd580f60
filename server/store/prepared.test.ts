import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { expect, it } from 'vitest'
import type { UserId } from '../../protocol/ids.ts'
import { prepared, runsDirectly } from './prepared.ts'
import type { Schema } from './schema.ts'

it('spells what the query says itself, and leaves open what is filled in', async () => {
  const db = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (on) => new SqliteIntrospector(on),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
  const ran: unknown[] = []
  runsDirectly(db, (sql, parameters) => {
    ran.push(sql, parameters)
    return { rows: [] }
  })
  const activeTokens = prepared((on, v: { user: UserId }) =>
    on.selectFrom('tokens').select('id').where('user_id', '=', v.user).where('state', '=', 'active').limit(1),
  )
  await activeTokens(db, { user: 'usr_it’s' as UserId })
  expect(ran).toEqual([`select "id" from "tokens" where "user_id" = ? and "state" = 'active' limit 1`, ['usr_it’s']])
})
