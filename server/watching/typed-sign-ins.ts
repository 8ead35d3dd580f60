// Sign-ins that asked no device, as the audit log knows them. Attack seen: whoever was talked out of password and code
// finds here what was done with them.
import { type SqlBool, sql } from 'kysely'
import { type ApplicationId, applicationId, type UserId } from '../../protocol/ids.ts'
import { countRows } from '../store/count-rows.ts'
import type { Db } from '../store/schema.ts'

const KINDS = ['passcode-accepted', 'recovery-code-used']
const MOST = 50
/** How many entries of one person are looked through. */
const LOOKED_THROUGH = 2000

export type TypedSignIn = {
  /** its place in the audit log */
  position: number
  at: number
  by: 'passcode' | 'temporary' | 'recovery'
  application: ApplicationId
  /** null where it is not known, or was erased */
  ip: string | null
  location: string | null
}

type Entry = { position: number; at: number; kind: string; application_id: ApplicationId | null; detail: string }

/** Newest first. */
export async function typedSignInsOf(db: Db, user: UserId): Promise<TypedSignIn[]> {
  const latest = db
    .selectFrom('audit_seals')
    .select(['position', 'seq', 'at', 'kind', 'application_id'])
    .where('user_id', '=', user)
    .orderBy('at', 'desc')
    .orderBy('position', 'desc')
    .limit(LOOKED_THROUGH)
  const rows = await db
    .selectFrom(latest.as('latest'))
    .innerJoin('audit', 'audit.seq', 'latest.seq')
    .select(['latest.position', 'latest.at', 'latest.kind', 'latest.application_id', 'audit.detail'])
    .where('latest.kind', 'in', KINDS)
    .orderBy('latest.at', 'desc')
    .orderBy('latest.position', 'desc')
    .limit(MOST)
    .execute()
  return rows.flatMap((row) => signInOf(row) ?? [])
}

/** How many there were, to milliseconds without `to`. @returns at most `most`: beyond that nobody needs to know */
export async function countTyped(db: Db, { from, to }: { from: number; to: number }, most: number): Promise<number> {
  const some = db
    .selectFrom('audit_seals')
    .select('at')
    // As the index has it: SQLite uses a partial one only where it can see that it fits.
    .where(sql<SqlBool>`kind || '' in (${sql.join(KINDS.map(sql.lit))})`)
    .where('application_id', 'is not', null)
    .where('at', '>=', from)
    .where('at', '<', to)
    .limit(most)
  return countRows(db, some)
}

/** Where it is that person’s. */
export async function typedSignInAt(db: Db, position: number, user: UserId): Promise<TypedSignIn | undefined> {
  const row = await db
    .selectFrom('audit_seals')
    .innerJoin('audit', 'audit.seq', 'audit_seals.seq')
    .select([
      'audit_seals.position',
      'audit_seals.at',
      'audit_seals.kind',
      'audit_seals.application_id',
      'audit.detail',
    ])
    .where('audit_seals.position', '=', position)
    .where('audit_seals.user_id', '=', user)
    .where('audit_seals.kind', 'in', KINDS)
    .executeTakeFirst()
  return row && signInOf(row)
}

/** A passcode at no application signed nobody in: it showed that a token was unlocked. */
function signInOf({ position, at, kind, application_id: id, detail }: Entry): TypedSignIn | undefined {
  const application = applicationId.safeParse(id)
  if (!application.success) return undefined
  const { ip, location, temporary } = JSON.parse(detail) as Record<string, unknown>
  const typed = temporary === undefined ? 'passcode' : 'temporary'
  return {
    position: Number(position),
    at: Number(at),
    by: kind === 'recovery-code-used' ? 'recovery' : typed,
    application: application.data,
    ip: typeof ip === 'string' ? ip : null,
    location: typeof location === 'string' ? location : null,
  }
}
