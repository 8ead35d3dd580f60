// A person as a User resource (RFC 7643 §4.1), and back: of its many attributes those that we have a use for. What else
// a directory tells of somebody is let go by.
import * as z from 'zod/mini'
import type { GroupRow } from '../directory/groups.ts'
import type { UserRow } from '../directory/rows.ts'
import { locationOf, metaOf, type Resource, USER_SCHEMA } from './resource.ts'
import { etag } from './versions.ts'

/** Empty text stands for nothing. */
const text = z.pipe(
  z.nullish(z.string()),
  z.transform((given) => (given?.trim() ? given : null)),
)
const flag = z.pipe(
  z.nullish(z.union([z.boolean(), z.string().check(z.regex(/^(true|false)$/i, 'must be true or false'))])),
  z.transform((given) => (given == null ? undefined : String(given).toLowerCase() === 'true')),
)

const name = z.object({ formatted: text, givenName: text, familyName: text })
const emailEntry = z.object({ value: text, type: text, primary: flag })

export const userBody = z.object({
  userName: z.string('is missing'),
  externalId: text,
  displayName: text,
  name: z.nullish(name),
  emails: z.nullish(z.array(emailEntry)),
  active: flag,
})
type UserBody = z.infer<typeof userBody>

/** As the directory's services take it; a state that is not said stays as it is. */
export function wishOf(body: UserBody) {
  const { userName: username, externalId, active } = body
  const { givenName = null, familyName = null, formatted = null } = body.name ?? {}
  return {
    username,
    externalId,
    displayName: body.displayName ?? formatted ?? namedByParts(username, givenName, familyName),
    givenName,
    familyName,
    email: emailOf(body.emails ?? []),
    state: active === undefined ? undefined : active ? ('active' as const) : ('suspended' as const),
  }
}

const namedByParts = (username: string, ...parts: (string | null)[]) => parts.filter(Boolean).join(' ') || username

/** The one that is used: the primary one, or else that of the work, or else any. */
function emailOf(emails: readonly z.infer<typeof emailEntry>[]): string | null {
  const given = emails.filter(({ value }) => value !== null)
  const chosen =
    given.findLast(({ primary }) => primary) ?? given.findLast(({ type }) => type?.toLowerCase() === 'work') ?? given[0]
  return chosen?.value ?? null
}

export const userEtag = ({ version }: UserRow, groups: readonly GroupRow[]) =>
  etag(
    String(version),
    groups.map(({ id, version }) => `${id}.${version}`),
  )

/** @param groups undefined where nobody wants to see them */
export function userResource(row: UserRow, groups: readonly GroupRow[], origin: string): Resource {
  return {
    schemas: [USER_SCHEMA],
    id: row.id,
    ...attributesOf(row),
    displayName: row.display_name,
    active: row.state === 'active',
    groups: groups.map(({ id, name }) => ({ value: id, $ref: locationOf('Group', origin, id), display: name })),
    meta: metaOf('User', row, { origin, version: userEtag(row, groups) }),
  }
}

function attributesOf(row: UserRow) {
  const { given_name: givenName, family_name: familyName } = row
  const hasParts = givenName !== null || familyName !== null
  return {
    userName: row.username,
    ...(row.external_id !== null && { externalId: row.external_id }),
    ...(hasParts && { name: { ...(familyName !== null && { familyName }), ...(givenName !== null && { givenName }) } }),
    ...(row.email !== null && { emails: [{ value: row.email, type: 'work' }] }),
  }
}

/**
 * What a change of single attributes starts from. A name that was put together is left out: it follows its parts.
 */
export function changeable(row: UserRow): Record<string, unknown> {
  const { given_name, family_name, username, display_name: displayName } = row
  const isPutTogether = displayName === namedByParts(username, given_name, family_name)
  const emails = row.email === null ? [] : [{ value: row.email, type: 'work', primary: true }]
  return { ...attributesOf(row), emails, ...(!isPutTogether && { displayName }) }
}
