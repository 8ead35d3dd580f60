// The organisation's directory, from a file of its own: read once and strictly, and no fault repeats a value.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as z from 'zod/mini'
import { Fault } from './config-values.ts'

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']
const text = z.string().check(z.minLength(1), z.maxLength(1024))
const attribute = z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'must be the name of an attribute'))
const server = z.string().check(z.refine(isServer, 'must be ldaps:// or ldap:// with host and port only'))
const filter = text.check(z.refine((one) => one.includes('{username}'), 'must hold {username}'))

const file = z.strictObject({
  /** in the order they are asked; ldap:// is made private by StartTLS before anything else is said */
  servers: z.array(server).check(z.minLength(1), z.maxLength(8)),
  /** false: without TLS, which only this machine itself may be spoken to */
  startTls: z._default(z.boolean(), true),
  /** a PEM file of those who issue the servers' certificates, where the system does not know them */
  ca: z.optional(text),
  bindDn: text,
  bindPasswordFile: text,
  /** below which people are */
  base: text,
  kind: z.enum(['openldap', 'active-directory']),
  filter: z.optional(filter),
  attributes: z._default(
    z.partial(z.strictObject({ id: attribute, username: attribute, name: attribute, email: attribute })),
    {},
  ),
  /** those of the directory that are groups here too, by their cn */
  groups: z._default(z.array(text).check(z.maxLength(200)), []),
  groupBase: z.optional(text),
  createUsers: z._default(z.boolean(), true),
  syncMinutes: z._default(z.int().check(z.minimum(1), z.maximum(1440)), 60),
})

const PRESETS = {
  openldap: {
    filter: '(&(objectClass=inetOrgPerson)(uid={username}))',
    attributes: { id: 'entryUUID', username: 'uid', name: 'cn', email: 'mail' },
  },
  'active-directory': {
    filter: '(&(objectCategory=person)(objectClass=user)(|(sAMAccountName={username})(userPrincipalName={username})))',
    attributes: { id: 'objectGUID', username: 'sAMAccountName', name: 'displayName', email: 'mail' },
  },
} as const

export type LdapConfig = Omit<
  z.infer<typeof file>,
  'attributes' | 'bindPasswordFile' | 'filter' | 'ca' | 'groupBase'
> & {
  attributes: { id: string; username: string; name: string; email: string }
  filter: string
  bindPassword: string
  /** PEM */
  ca: string | undefined
  groupBase: string
}

function isServer(one: string): boolean {
  if (!URL.canParse(one)) return false
  const { protocol, hostname, pathname, username, search } = new URL(one)
  return /^ldaps?:$/.test(protocol) && hostname !== '' && /^\/?$/.test(pathname) && username === '' && search === ''
}

/** @throws {Fault} */
export function ldapFile(path: string): LdapConfig {
  const parsed = file.safeParse(json(contents(path)))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Fault(`is faulty at ${issue?.path.join('.') || 'its top'}: ${issue?.message ?? 'not as expected'}`)
  }
  const { attributes, bindPasswordFile, filter: own, ca, groupBase, ...rest } = parsed.data
  const preset = PRESETS[rest.kind]
  if (
    !rest.startTls &&
    rest.servers.some((one) => one.startsWith('ldap:') && !LOOPBACK.includes(new URL(one).hostname))
  )
    throw new Fault('is faulty at startTls: passwords never go to another machine without TLS')
  // One line end is the editor's.
  const bindPassword = contents(bindPasswordFile).replace(/\r?\n$/, '')
  if (bindPassword === '') throw new Fault('is faulty at bindPasswordFile: the file is empty')
  return {
    ...rest,
    attributes: { ...preset.attributes, ...attributes },
    filter: own ?? preset.filter,
    bindPassword,
    ca: ca === undefined ? undefined : contents(ca),
    groupBase: groupBase ?? rest.base,
  }
}

function contents(path: string): string {
  try {
    return readFileSync(resolve(path), 'utf8')
  } catch {
    throw new Fault('names a file that cannot be read, itself or within')
  }
}

function json(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    throw new Fault('is not JSON')
  }
}
