// An entry of the directory as a person.
import type { Entry } from 'ldapts'
import type { LdapConfig } from '../config-ldap.ts'
import { FROM_DIRECTORY } from '../directory/external.ts'
import type { ExternalPerson } from '../directory/mirror.ts'

/** MS-ADTS §2.2.16 */
const ACCOUNT_DISABLED = 0x2
/**
 * draft-behera-ldap-password-policy-10 §5.3.3: closed by an administrator. A time is a lock after wrong passwords: the
 * server itself refuses those, and anybody could have it set for anybody.
 */
const CLOSED_FOR_GOOD = '000001010000Z'
/** What says, beside, that an account is closed. */
const FLAGS = ['userAccountControl', 'nsAccountLock', 'pwdAccountLockedTime'] as const

export const attributesOf = ({ attributes }: Pick<LdapConfig, 'attributes'>) => [...Object.values(attributes), ...FLAGS]

/** @returns undefined where it has no name or no id */
export function personOf(
  entry: Entry,
  { attributes }: Pick<LdapConfig, 'attributes'>,
): Omit<ExternalPerson, 'groups'> | undefined {
  const id = idOf(entry[attributes.id])
  const username = textOf(entry[attributes.username])
  if (id === undefined || username === undefined) return undefined
  return {
    externalId: FROM_DIRECTORY + id,
    username,
    displayName: textOf(entry[attributes.name]) ?? username,
    email: textOf(entry[attributes.email]) ?? null,
  }
}

export function isDisabled(entry: Entry): boolean {
  const [control, lock, locked] = FLAGS.map((name) => textOf(entry[name]))
  return (Number(control ?? 0) & ACCOUNT_DISABLED) !== 0 || lock?.toLowerCase() === 'true' || locked === CLOSED_FOR_GOOD
}

type Value = Entry[string]

function textOf(value: Value | undefined): string | undefined {
  const first = Array.isArray(value) ? value[0] : value
  const text = first === undefined ? '' : Buffer.isBuffer(first) ? first.toString('utf8') : String(first)
  return text.trim() === '' ? undefined : text.trim()
}

/** `objectGUID` is sixteen bytes, `entryUUID` is text. */
function idOf(value: Value | undefined): string | undefined {
  const first = Array.isArray(value) ? value[0] : value
  if (first === undefined || first.length === 0) return undefined
  if (!Buffer.isBuffer(first)) return String(first).toLowerCase()
  const text = first.toString('utf8')
  return /^[\w-]{36}$/.test(text) ? text.toLowerCase() : first.toString('hex')
}
