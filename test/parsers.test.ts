// Every parser of what strangers send, with anything: it understands, or refuses in its own way, and never falls over.
// What is written by one side is read the same by the other.
import fc from 'fast-check'
import { FilterParser } from 'ldapts'
import { describe, expect, it } from 'vitest'
import { canonicalCode, codeFrom, inFives, newActivationCode } from '../protocol/activation-code.ts'
import { type Binding, bindingText } from '../protocol/binding.ts'
import { csvLine } from '../protocol/csv.ts'
import { CsvFault, readCsv, withoutGuard } from '../protocol/csv-reader.ts'
import { base64url, fromBase64url, fromHex, hex } from '../protocol/encoding.ts'
import { EventParser } from '../protocol/event-stream.ts'
import { isExactHeader, parseJws } from '../protocol/jws.ts'
import { Problem } from '../protocol/problems.ts'
import { isPlainText, usernameKey } from '../protocol/text.ts'
import { Faults, readFile } from '../server/directory/import/read.ts'
import { clientAddress } from '../server/http/client-address.ts'
import type { Call } from '../server/http/env.ts'
import { filterFor } from '../server/ldap/directory.ts'
import { promised, readEntraAsked } from '../server/oidc/entra/asked.ts'
import { requestedAcr } from '../server/oidc/requested-acr.ts'
import { readAccess } from '../server/radius/asked.ts'
import type { RadiusClient } from '../server/radius/client-book.ts'
import { readPacket, writePacket } from '../server/radius/packet.ts'
import { readTyped } from '../server/radius/wish.ts'
import { canonicalRecoveryCode } from '../server/recovery/codes.ts'
import { parseFilter, parsePath } from '../server/scim/filter.ts'
import { Refusal } from '../server/scim/refusal.ts'
import { readPush } from '../sw/incoming.ts'
import { readShown } from '../sw/tray.ts'
import { tried, triedInTurn } from './support/fuzzing.ts'
import { hostile } from './support/near-valid.ts'

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string())
const bytes = fc.uint8Array({ maxLength: 200 }).map((made) => new Uint8Array(made))

/** Words that a grammar knows, in any order, so that more than the first of them is read. */
const soup = (...words: string[]) =>
  fc
    .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...words) }, text), { maxLength: 14 })
    .map((parts) => parts.join(''))

/** @param refuses whether it may say no by this */
function understoodOr(refuses: (error: unknown) => boolean, parse: () => unknown): void {
  try {
    parse()
  } catch (error) {
    if (!refuses(error)) throw error
  }
}

describe('bytes as text', () => {
  it('have one spelling each', () => {
    tried(bytes, (given) => {
      expect(fromBase64url(base64url(given))).toEqual(given)
      expect(fromHex(hex(given))).toEqual(given)
    })
    tried(fc.oneof(text, fc.base64String()), (given) => {
      understoodOr(
        (error) => error instanceof SyntaxError,
        () => expect(base64url(fromBase64url(given))).toBe(given),
      )
    })
  })
})

describe('a signed statement', () => {
  const part = fc.oneof(
    fc.jsonValue().map((value) => base64url(new TextEncoder().encode(JSON.stringify(value)))),
    bytes.map(base64url),
    text,
  )
  it('is three parts of JSON, JSON and bytes, or nothing', () => {
    tried(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      const parsed = parseJws(parts.join('.'))
      if (!parsed) return
      expect(`${parsed.signed}.`).toBe(`${parts.join('.').split('.').slice(0, 2).join('.')}.`)
      expect(isExactHeader(parsed.header, 'dpop+jwt')).toBe(false)
    })
  })
})

describe('what an approval is bound to', () => {
  const binding = fc.record({
    purpose: text,
    username: text,
    nonce: text,
    number: fc.option(fc.stringMatching(/^\d{2}$/)),
    context: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true }),
  })
  it('is the same text in whatever order its members came, and says all of them', () => {
    tried(binding, (given) => {
      const whole = {
        ...given,
        request: 'r',
        token: 't',
        application: { id: 'a', name: 'Harbour' },
      } as unknown as Binding
      // What is no text of Unicode never gets this far.
      fc.pre(JSON.stringify(whole).isWellFormed() && !/\\ud[89a-f]/.test(JSON.stringify(whole)))
      const turned = { ...whole, context: Object.fromEntries(Object.entries(whole.context).reverse()) }
      expect(bindingText(turned)).toBe(bindingText(whole))
      expect(JSON.parse(bindingText(whole))).toEqual(JSON.parse(JSON.stringify({ v: 1, ...whole })))
    })
  })
})

describe('a push', () => {
  const id = fc.constantFrom('req_0mqf1y0s4ybnf57js0bq59vaeh', '', 7)
  const kind = fc.constantFrom('login-request', 'settled', 'notice', 'test', 'other')
  const content = fc.record(
    { v: fc.constantFrom(1, 2), kind, id, request: hostile, state: hostile },
    { requiredKeys: [] },
  )
  const message = fc.record({ countersign: fc.oneof(content, hostile), app_badge: hostile }, { requiredKeys: [] })
  it('is understood or unknown', () => {
    tried(
      fc.oneof(
        message.map((said) => JSON.stringify(said)),
        text,
      ),
      (said) => {
        const read = readPush({ data: { text: () => said }, notification: null })
        expect('content' in read || 'unknown' in read).toBe(true)
      },
    )
    tried(fc.oneof(content, hostile), (data) => {
      const read = readPush({ data: null, notification: { title: 'a', body: 'b', data } })
      expect('declared' in read || 'unknown' in read).toBe(true)
    })
  })
})

describe('what a notification carries', () => {
  const kind = fc.constantFrom('request', 'outcome', 'notice', 'other')
  const shown = fc.record({ v: fc.constantFrom(1, 2), kind, id: hostile, request: hostile, until: hostile })
  it('is what was put there, or nothing', () => {
    tried(fc.oneof(shown, hostile), (data) => expect(readShown(data)?.v ?? 1).toBe(1))
  })
})

describe('an activation code', () => {
  it('is found as it is printed, typed, or in its link', () => {
    tried(fc.uint8Array({ minLength: 16, maxLength: 16 }), (random) => {
      const code = newActivationCode(() => new Uint8Array(random))
      expect(canonicalCode(code)).toBe(code)
      expect(canonicalCode(inFives(code).toUpperCase())).toBe(code)
      expect(codeFrom(`https://login.example/enrol#${code}`)).toBe(code)
    })
    tried(text, (typed) => expect(codeFrom(typed) ?? '0'.repeat(26)).toMatch(/^[0-9a-z]{26}$/))
  })

  it('for recovery is read in groups, in any case, and nothing else is one', () => {
    const typed = fc.array(fc.constantFrom(...'0123456789abcdefghjkmnpqrstvwxyz', '-', ' '), { maxLength: 24 })
    tried(
      fc.oneof(
        text,
        fc.string({ unit: 'grapheme-ascii' }),
        typed.map((signs) => signs.join('')),
      ),
      (given) => {
        const code = canonicalRecoveryCode(given)
        expect(code && canonicalRecoveryCode(code.toUpperCase())).toBe(code)
      },
    )
  })
})

describe('a stream of events', () => {
  const line = fc.stringMatching(/^[^\r\n\0]{0,12}$/)
  const event = fc.record({
    event: fc.stringMatching(/^[a-z]{1,8}$/),
    data: fc.array(line, { minLength: 1, maxLength: 3 }),
  })
  it('gives the same events however it is cut', () => {
    tried(
      fc.tuple(fc.array(event, { maxLength: 5 }), fc.nat(7), fc.constantFrom('\n', '\r', '\r\n')),
      ([events, size, end]) => {
        const sent = events
          .map(({ event, data }) => [`event: ${event}`, ...data.map((d) => `data: ${d}`), '', ''].join(end))
          .join('')
        // A carriage return at the very end may yet be followed by the rest of its line break.
        const whole = end === '\r' ? `${sent}:\n` : sent
        const parser = new EventParser()
        const read = [...(whole.match(new RegExp(`[^]{1,${size + 1}}`, 'g')) ?? [])].flatMap((piece) =>
          parser.push(piece),
        )
        expect(read.map(({ event, data }) => ({ event, data: data.split('\n') }))).toEqual(events)
      },
    )
  })
})

describe('a file for spreadsheets', () => {
  const cell = fc.oneof(text, soup('=', '+', "'", '"', ',', ';', '\t', '\r\n', '\n', 'a'))
  const row = fc.tuple(fc.constant('x'), cell, cell)
  it('is read as it was written', () => {
    tried(fc.array(row, { maxLength: 6 }), (rows) => {
      const file = csvLine(['a', 'b', 'c']) + rows.map(csvLine).join('')
      const [, ...read] = [...readCsv(file)].map(({ cells }) => cells.map(withoutGuard))
      expect(read).toEqual(rows)
    })
  })

  it('is read, or has a fault in a line', () => {
    const file = soup('"', '""', ',', ';', '\t', '\n', '\r', '\r\n', '\ufeff', 'username', 'name', 'groups')
    tried(file, (given) =>
      understoodOr(
        (error) => error instanceof CsvFault,
        () => [...readCsv(given)],
      ),
    )
  })

  it('of people is understood line by line', async () => {
    const file = soup('username', 'name', 'email', 'groups', ',', ',', '\n', '"', 'alice', 'a@b.example', '__proto__')
    await triedInTurn(
      file,
      async (given) => {
        const faults = new Faults()
        for (const { username } of await readFile(`username,name\n${given}`, faults)) expect(username).not.toBe('')
      },
      200,
    )
  })
})

describe('a filter', () => {
  const filter = soup(
    ...[
      'userName',
      'emails',
      'urn:ietf:params:scim:schemas:core:2.0:User:name',
      '.value',
      ' eq ',
      ' co ',
      ' pr',
      ' and ',
      ' or ',
    ],
    ...['not ', '(', ')', '[', ']', '"a"', '"\\u0000"', '"', 'true', 'null', '1', ' ', '__proto__'],
  )
  it('of SCIM is understood or refused', () => {
    tried(
      filter,
      (given) => {
        understoodOr(
          (error) => error instanceof Refusal,
          () => parseFilter(given),
        )
        understoodOr(
          (error) => error instanceof Refusal,
          () => parsePath(given),
        )
      },
      2000,
    )
  })

  it('of LDAP asks for the name that was typed and for nothing else', () => {
    tried(fc.oneof(text, soup('*', '(', ')', '\\', '\0', '|', '&', '=', 'uid', '{username}')), (name) => {
      fc.pre(name !== '' && name.isWellFormed())
      const parsed = FilterParser.parseString(filterFor({ filter: '(uid={username})' }, name))
      expect(parsed).toMatchObject({ attribute: 'uid', value: name })
    })
  })
})

describe('RADIUS', () => {
  it('is a packet that is written back the same, or none', () => {
    const attribute = fc.tuple(fc.nat(255), fc.nat(255), bytes).map(([type, length, value]) => [type, length, ...value])
    const packet = fc
      .tuple(fc.nat(255), fc.nat(255), fc.nat(400), fc.array(attribute, { maxLength: 4 }))
      .map(([code, id, length, all]) =>
        Buffer.from([code, id, length >> 8, length & 255, ...new Array(16).fill(7), ...all.flat()]),
      )
    tried(
      fc.oneof(
        packet,
        bytes.map((raw) => Buffer.from(raw)),
      ),
      (datagram) => {
        const read = readPacket(datagram)
        if (read) expect(writePacket(read)).toEqual(datagram.subarray(0, datagram.readUInt16BE(2)))
      },
      1000,
    )
  })

  it('asks for somebody, or is no question', () => {
    const client = { row: { id: 'rad_1' } } as unknown as RadiusClient
    const needs = { secret: Buffer.from('secret'), salt: 'salt', isTls: false }
    const header = { code: 1, identifier: 7, authenticator: Buffer.alloc(16, 7), bytes: Buffer.alloc(20) }
    const value = fc.oneof(
      bytes.map((raw) => Buffer.from(raw)),
      soup('alice', '10.0.0.1', '[', ']', ':', '80', '::ffff:', 'fe80::1%eth0', '0').map((said) => Buffer.from(said)),
      fc.uint8Array({ minLength: 16, maxLength: 16 }).map((raw) => Buffer.from(raw)),
    )
    const attribute = fc.record({ type: fc.constantFrom(1, 1, 2, 2, 24, 31, 32, 44, 79), value })
    tried(
      fc.array(attribute, { maxLength: 6 }),
      (attributes) => {
        const read = readAccess(client, { ...header, attributes }, needs)
        if (typeof read === 'object') expect(typeof read.username + typeof read.typed).toBe('stringstring')
      },
      1000,
    )
  })

  it('has a password and a wish in one field, and loses nothing of either', () => {
    tried(fc.oneof(text, soup(',', ' ', 'push', 'PUSH', '123', '456', '\u00a0', 'x')), (typed) => {
      const { password, wish } = readTyped(typed)
      const isAll = wish.kind === 'unsaid'
      expect(isAll ? password : typed.slice(0, password.length + 1)).toBe(isAll ? typed : `${password},`)
      if (wish.kind === 'passcode') expect(wish.passcode).toMatch(/^\d{6,8}$/)
    })
  })
})

describe('headers', () => {
  it('that proxies set tell an address', () => {
    const addressOf = clientAddress(['10.0.0.0/8'])
    const header = soup(
      'for=',
      '"',
      '[',
      ']',
      ':',
      ';',
      ',',
      '10.0.0.2',
      '::ffff:10.0.0.1',
      'fe80::1%eth0',
      '203.0.113.9',
      ':80',
      '_x',
    )
    tried(
      fc.tuple(header, fc.boolean()),
      ([said, isStandard]) => {
        const headers: Record<string, string> = { [isStandard ? 'forwarded' : 'x-forwarded-for']: said }
        const call = {
          env: { incoming: { socket: { remoteAddress: '10.0.0.1' } } },
          req: { header: (name: string) => headers[name] },
        }
        understoodOr(
          (error) => error instanceof Problem && error.slug === 'malformed',
          () => expect(addressOf(call as unknown as Call)).toMatch(/^[0-9a-f.:]+$/),
        )
      },
      1000,
    )
  })

  it('and parameters of OpenID Connect ask for known things', () => {
    tried(fc.record({ acr_values: hostile, claims: fc.oneof(hostile, fc.json()) }, { requiredKeys: [] }), (given) => {
      expect(Array.isArray(requestedAcr(given).values)).toBe(true)
    })
  })

  it('and those of Entra are understood, or named', () => {
    const spelt = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
    const most = {
      response_type: 'id_token',
      response_mode: 'form_post',
      client_id: 'a',
      redirect_uri: 'b',
      nonce: 'c',
    }
    const claims = fc.oneof(
      fc.json(),
      text,
      fc.record({ id_token: fc.record({ acr: hostile, amr: hostile }) }).map((said) => JSON.stringify(said)),
    )
    const given = fc.record({ scope: fc.constantFrom('openid', 'x'), id_token_hint: hostile, claims, state: hostile })
    tried(
      fc.oneof(
        given.map((some) => ({ ...most, ...some })),
        fc.dictionary(fc.string(), hostile),
      ),
      (said) => {
        const form = new URLSearchParams(Object.entries(said).map(([name, value]) => [name, spelt(value)]))
        const read = readEntraAsked(form)
        expect(typeof read === 'string' ? read : read.scope).not.toBe('')
      },
    )
    tried(claims, (said) => expect(promised({ claims: said })?.acr ?? 'possession').toMatch(/possession/))
  })
})

describe('a name', () => {
  it('has one key, and what is plain shows itself', () => {
    tried(
      text,
      (given) => {
        expect(usernameKey(usernameKey(given))).toBe(usernameKey(given))
        if (isPlainText(given)) expect(given).not.toMatch(/[\0-\x1f\x7f\u202a-\u202e\u2066-\u2069]/)
      },
      1000,
    )
  })
})
