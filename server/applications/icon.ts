// The picture of an application, as people see it on the login page. Attack stopped: a picture that is a page. Only
// formats that hold nothing but pixels are taken, by what their bytes say, and none is ever served as anything else.
import { Problem } from '../../protocol/problems.ts'
import type { ApplicationIconsTable } from '../store/application-tables.ts'
import { digest } from '../store/digest.ts'
import type { Db } from '../store/schema.ts'

export const MOST_ICON_BYTES = 32 * 1024

const KINDS: readonly [type: string, is: (bytes: Buffer) => boolean][] = [
  ['image/png', (bytes) => bytes.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', (bytes) => bytes.subarray(0, 3).toString('latin1') === '\xff\xd8\xff'],
  [
    'image/webp',
    (bytes) =>
      bytes.subarray(0, 4).toString('latin1') === 'RIFF' && bytes.subarray(8, 12).toString('latin1') === 'WEBP',
  ],
]

/** @param base64 of the file @throws {Problem} invalid */
export function iconOf(base64: string): ApplicationIconsTable {
  const bytes = Buffer.from(base64, 'base64')
  const type = KINDS.find(([, is]) => is(bytes))?.[0]
  if (type === undefined) throw faulty('must be a PNG, JPEG or WebP picture, in base64')
  if (bytes.length > MOST_ICON_BYTES) throw faulty('must have at most 32 KiB')
  const text = bytes.toString('base64')
  return { hash: digest(text), type, bytes: text }
}

const faulty = (why: string) => new Problem('invalid', { members: { errors: { '/icon': why } } })

export async function putIcon(tx: Db, icon: ApplicationIconsTable): Promise<void> {
  await tx
    .insertInto('application_icons')
    .values(icon)
    .onConflict((c) => c.column('hash').doNothing())
    .execute()
}

/** Several applications may have the same. */
export async function dropUnusedIcon(tx: Db, hash: string | null): Promise<void> {
  if (hash === null) return
  await tx
    .deleteFrom('application_icons')
    .where('hash', '=', hash)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('applications').select('applications.id').where('applications.icon', '=', hash))),
    )
    .execute()
}

export async function iconByHash(db: Db, hash: string): Promise<ApplicationIconsTable | undefined> {
  return db.selectFrom('application_icons').selectAll().where('hash', '=', hash).executeTakeFirst()
}

export const iconPath = (hash: string) => `/login/icons/${hash}`
