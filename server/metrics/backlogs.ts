// What still waits to be told to others, of all processes that share the store.
import { sql } from 'kysely'
import type { Db } from '../store/schema.ts'

/** By what brings it there. The state stands in the text: SQLite uses a partial index only where it can see that it fits. */
export async function backlogs(db: Db): Promise<Record<'webhooks' | 'mail' | 'oidc', number>> {
  const [webhooks, mail, oidc] = await Promise.all([
    db
      .selectFrom('webhook_deliveries')
      .select((e) => e.fn.countAll<number>().as('count'))
      .where('state', '=', sql.lit('waiting'))
      .executeTakeFirstOrThrow(),
    db
      .selectFrom('mails')
      .select((e) => e.fn.countAll<number>().as('count'))
      .where('state', '=', sql.lit('waiting'))
      .executeTakeFirstOrThrow(),
    db
      .selectFrom('oidc_notices')
      .select((e) => e.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
  ])
  return { webhooks: Number(webhooks.count), mail: Number(mail.count), oidc: Number(oidc.count) }
}
