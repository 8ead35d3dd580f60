// Fills a store as years of use would have: people of many countries, what they hold, three months of sign-ins, and an
// audit log whose chain holds. The same seed gives the same people and the same sign-ins.
import { sql } from 'kysely'
import { addApplication } from '../../server/applications/applications.ts'
import type { SealNeeds } from '../../server/audit/chain/seal.ts'
import type { Passwords } from '../../server/directory/passwords.ts'
import type { Sealer } from '../../server/store/sealer.ts'
import type { Store } from '../../server/store/store.ts'
import { AuditSower, type Operator } from './audit.ts'
import { analyse, insertAll, type Row } from './bulk.ts'
import { idAt } from './chance.ts'
import { sowPeople } from './directory.ts'
import { type Crowd, crowdOf, marked } from './people.ts'
import { type SownApplication, sowRequests } from './requests.ts'

export type Amounts = { users: number; requests: number; audit: number; seed: number }
export type SeedNeeds = SealNeeds & { sealer: Sealer; passwords: Pick<Passwords, 'decoy'> }

const MARK = 'seeded'

/** @returns a sentence on why this store should be left alone; undefined for an empty one, and for a demonstration */
export async function reasonAgainst({ read }: Store): Promise<string | undefined> {
  const settings = await read
    .selectFrom('settings')
    .select('name')
    .where('name', 'in', [MARK, 'demo-password'])
    .execute()
  if (settings.some(({ name }) => name === MARK)) return 'It was seeded before.'
  if (settings.length > 0) return undefined
  const somebody = await read.selectFrom('users').select('id').limit(1).executeTakeFirst()
  return somebody && 'It holds people who were not made for show.'
}

/** @param tell how far it has come */
export async function sow(needs: SeedNeeds, amounts: Amounts, tell: (line: string) => void): Promise<void> {
  const { store, clock } = needs
  const crowd = crowdOf({ seed: amounts.seed, users: amounts.users, now: clock.now() })
  const operators = await sowOperators(store, crowd)
  const applications = await sowApplications(needs)
  const passwordHash = await needs.passwords.decoy
  await sowPeople({ ...needs, passwordHash }, crowd, (done) => tell(`${done} people`))
  const audit = new AuditSower(needs, crowd, { wanted: amounts.audit, requests: amounts.requests, operators })
  let done = 0
  await sowRequests(store, { crowd, requests: amounts.requests, applications }, async (rows) => {
    await audit.take(rows)
    done += rows.length
    tell(`${done} requests`)
  })
  await audit.finish()
  await rememberSeed(store, amounts)
  await analyse(store)
}

const APPLICATIONS = [
  ['Harbour mail', 40],
  ['Intranet', 25],
  ['VPN', 15],
  ['Payroll', 8],
  ['Source code', 6],
  ['Crane control', 3],
  ['Customs', 2],
  ['Archive', 1],
] as const

/** Their secrets are told to nobody: who needs a key makes one. */
async function sowApplications(needs: SeedNeeds): Promise<SownApplication[]> {
  const sown: SownApplication[] = []
  for (const [name, share] of APPLICATIONS) sown.push({ id: (await addApplication(needs, { name })).id, name, share })
  return sown
}

const OPERATORS = [
  ['Berta', 'administrator'],
  ['Chidi', 'help-desk'],
  ['Dolores', 'help-desk'],
  ['Emil', 'auditor'],
] as const

/** Who did what is in the log. They hold no passkey and have no link: nobody signs in as them. */
async function sowOperators(store: Store, { seed, now }: Crowd): Promise<Operator[]> {
  const rows = OPERATORS.map(([name, role], at): Row<'operators'> & Operator => ({
    id: idAt('opr', seed, { at, of: OPERATORS.length }),
    name: marked(name, seed),
    name_key: marked(name, seed).toLowerCase(),
    role,
    version: 1,
    invited_by: 'command-line',
    created_at: now,
    last_sign_in_at: now,
    removed_at: null,
  }))
  await store.write((tx) => insertAll(tx, store.engine, 'operators', rows))
  return rows
}

/** PostgreSQL numbers entries by itself: what comes next comes after those that were written here. */
async function rememberSeed({ engine, write }: Store, amounts: Amounts): Promise<void> {
  await write(async (tx) => {
    if (engine === 'postgres')
      await sql`select setval(pg_get_serial_sequence('audit', 'seq'), (select coalesce(max(seq), 1) from audit))`.execute(
        tx,
      )
    await tx
      .insertInto('settings')
      .values({ name: MARK, value: JSON.stringify(amounts) })
      .onConflict((c) => c.column('name').doUpdateSet({ value: JSON.stringify(amounts) }))
      .execute()
  })
}
