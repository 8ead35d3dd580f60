// What an entry says of an account that is closed, in the words of the directories that there are.
import { expect, it } from 'vitest'
import { isDisabled } from './entry.ts'

it.each<[string, Record<string, string | string[]>, boolean]>([
  ['Active Directory, in use', { userAccountControl: '512' }, false],
  ['Active Directory, disabled', { userAccountControl: '514' }, true],
  ['Active Directory, disabled, with a password that never expires', { userAccountControl: '66050' }, true],
  ['389 Directory Server, in use', { nsAccountLock: 'false' }, false],
  ['389 Directory Server, closed', { nsAccountLock: ['TRUE'] }, true],
  ['OpenLDAP, closed by an administrator', { pwdAccountLockedTime: '000001010000Z' }, true],
  ['OpenLDAP, locked for a while after wrong passwords', { pwdAccountLockedTime: '20260101120000Z' }, false],
  ['nothing said', {}, false],
  ['nothing but spaces', { nsAccountLock: ' ', pwdAccountLockedTime: '' }, false],
])('%s', (_what, flags, disabled) => {
  expect(isDisabled({ dn: 'cn=alice', ...flags })).toBe(disabled)
})
