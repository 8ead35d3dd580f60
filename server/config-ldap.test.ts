// The file that says where the directory is: what it may say, and that no fault repeats a value.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ldapFile } from './config-ldap.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-ldap-file-'))
const password = join(folder, 'password')
writeFileSync(password, 'secret\n')
afterAll(() => rmSync(folder, { recursive: true }))

const USUAL = {
  kind: 'active-directory',
  servers: ['ldaps://dc1.example.org'],
  bindDn: 'cn=reader,dc=example,dc=org',
  bindPasswordFile: password,
  base: 'dc=example,dc=org',
}
function written(settings: object) {
  const path = join(folder, 'ldap.json')
  writeFileSync(path, JSON.stringify({ ...USUAL, ...settings }))
  return path
}

describe('the file about the directory', () => {
  it('fills in what its kind calls things', () => {
    expect(ldapFile(written({ attributes: { email: 'otherMailbox' } }))).toMatchObject({
      attributes: { id: 'objectGUID', username: 'sAMAccountName', name: 'displayName', email: 'otherMailbox' },
      filter: expect.stringContaining('(userPrincipalName={username})'),
      bindPassword: 'secret',
      groupBase: 'dc=example,dc=org',
      startTls: true,
    })
  })

  it.each([
    [{ servers: ['ldap://dc1.example.org'], startTls: false }, /startTls: passwords never go/],
    [{ servers: ['https://dc1.example.org'] }, /servers\.0: must be ldaps/],
    [{ servers: ['ldaps://user:secret@dc1.example.org'] }, /servers\.0/],
    [{ servers: [] }, /servers/],
    [{ filter: '(uid=alice)' }, /filter: must hold \{username\}/],
    [{ bindPasswordFile: join(folder, 'none') }, /cannot be read/],
    [{ bindPassword: 'secret' }, /faulty/],
  ])('refuses %j', (settings, said) => {
    const read = () => ldapFile(written(settings))
    expect(read).toThrow(said)
    expect(read).not.toThrow(/secret|example/)
  })

  it('takes a server of this machine without TLS', () => {
    expect(ldapFile(written({ servers: ['ldap://127.0.0.1'], startTls: false })).startTls).toBe(false)
  })
})
