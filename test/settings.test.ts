// Whatever stands in a setting, or in a file that one names: it is understood, or what is wrong is said in words.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { Problem } from '../protocol/problems.ts'
import { readArguments } from '../server/cli/arguments.ts'
import { COMMANDS } from '../server/cli/commands.ts'
import { readConfig, variables } from '../server/config.ts'
import { ldapFile } from '../server/config-ldap.ts'
import { Fault } from '../server/config-values.ts'
import { masterKeysOf } from '../server/master-key.ts'
import { moveNoteFile, readMoveNote } from '../server/store/moved.ts'
import { tried } from './support/fuzzing.ts'
import { hostile } from './support/near-valid.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))
const fileOf = (name: string, content: string) => {
  writeFileSync(join(folder, name), content, { mode: 0o600 })
  return join(folder, name)
}

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string())
/** Words that a grammar knows, in any order, so that more than the first of them is read. */
const soup = (...words: string[]) =>
  fc
    .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...words) }, text), { maxLength: 8 })
    .map((parts) => parts.join(''))

/** @param kind of what it may say no by */
function understoodOr(kind: typeof Problem | typeof Fault, parse: () => unknown): void {
  try {
    parse()
  } catch (error) {
    if (!(error instanceof kind)) throw error
    expect(error.message).not.toBe('')
  }
}

describe('who starts the program', () => {
  const value = fc.oneof(
    soup(
      ...['https://', 'http://', 'udp://', 'tls://', 'smtp://', 'postgres://', 'login.example', '127.0.0.1', '[::1]'],
      ...[
        ':8080',
        ':0',
        '/8',
        '/129',
        '%',
        '%eth0',
        '@',
        '<',
        '>',
        ',',
        ' ',
        '=',
        '{"requestsPerUser":',
        '}',
        '1',
        'info',
      ],
    ),
    fc
      .tuple(
        fc.constantFrom('', 'https://', 'udp://', 'tls://', 'authorization='),
        fc.constantFrom(
          '10.0.0.0',
          '::1',
          '[::1]',
          'fe80::1%br-lan',
          '[fe80::1%25eth0]',
          '::ffff:1.2.3.4',
          'Bearer%zz',
        ),
        fc.constantFrom('', '/8', '/64', '/', ':1812', ',,', ' 10.0.0.1'),
      )
      .map((parts) => parts.join('')),
    fc.constantFrom(folder, join(folder, 'nothing'), '/dev/null'),
    text,
  )
  it.each([...variables()])('is told what is wrong with %s', (name) => {
    tried(value, (given) => understoodOr(Problem, () => readConfig({ [name]: given })), 400)
  })

  it('is told that a zone is no part of a network', () => {
    const given = { COUNTERSIGN_TRUSTED_PROXIES: 'fe80::1%br-lan' }
    expect(() => readConfig(given)).toThrow('COUNTERSIGN_TRUSTED_PROXIES must list networks')
  })

  it('and with a command', () => {
    const words = fc.array(
      fc.oneof(
        fc.constantFrom(
          ...COMMANDS.flatMap(({ name }) => name.split(' ')),
          '--json',
          '--',
          '-',
          '--to',
          '--help',
          '--to=x',
        ),
        text,
      ),
      { maxLength: 6 },
    )
    tried(words, (given) => understoodOr(Problem, () => readArguments(given, COMMANDS)), 1000)
  })
})

describe('a file that a setting names', () => {
  it('of the directory is understood, or has a fault', () => {
    const password = fileOf('password', 'secret')
    const server = fc.oneof(soup('ldaps://', 'ldap://', 'dc.example', '[::1]', ':636', '/', '?', '@', '%'), hostile)
    const attributes = fc.record({ id: fc.oneof(fc.constant('uid'), hostile), name: hostile, __proto__: hostile })
    const file = fc.record(
      {
        servers: fc.oneof({ weight: 4, arbitrary: fc.array(server, { minLength: 1, maxLength: 2 }) }, hostile),
        startTls: fc.oneof(fc.boolean(), hostile),
        bindDn: fc.oneof(fc.constant('cn=a'), hostile),
        bindPasswordFile: fc.oneof({ weight: 4, arbitrary: fc.constant(password) }, hostile),
        base: fc.oneof(fc.constant('dc=example'), hostile),
        kind: fc.oneof(fc.constantFrom('openldap', 'active-directory'), hostile),
        filter: fc.oneof(fc.constant('(uid={username})'), hostile),
        attributes: fc.oneof(attributes, hostile),
        groups: hostile,
        syncMinutes: hostile,
      },
      { requiredKeys: ['servers', 'bindDn', 'bindPasswordFile', 'base', 'kind'] },
    )
    const content = fc.oneof({ weight: 6, arbitrary: file.map((said) => JSON.stringify(said)) }, text, fc.json())
    tried(content, (said) => understoodOr(Fault, () => ldapFile(fileOf('ldap.json', said))), 600)
  })

  it('of the master key holds keys, or is said to hold none', () => {
    const key = fc.uint8Array({ minLength: 30, maxLength: 33 }).map((raw) => Buffer.from(raw).toString('base64url'))
    const content = fc.array(fc.oneof({ weight: 3, arbitrary: key }, fc.constantFrom('', '\n', '\r', '='), text))
    const random = () => {
      throw new Error('there is a file')
    }
    tried(content, (lines) => {
      fileOf('master.key', lines.join('\n'))
      understoodOr(Problem, () => {
        for (const one of masterKeysOf({ masterKeys: undefined, dataFolder: folder }, random))
          expect(one).toHaveLength(32)
      })
    })
  })

  it('of a move says where it goes, or that it can’t be read', () => {
    const note = fc.record({
      id: hostile,
      to: fc.oneof(fc.constant('db/one'), hostile),
      state: fc.oneof(fc.constant('moved'), hostile),
    })
    tried(
      fc.oneof(
        note.map((said) => JSON.stringify(said)),
        text,
        fc.json(),
      ),
      (said) => {
        writeFileSync(moveNoteFile(folder), said)
        understoodOr(Problem, () => expect(readMoveNote(folder)?.state).toMatch(/^mov(ing|ed)$/))
      },
    )
  })
})
