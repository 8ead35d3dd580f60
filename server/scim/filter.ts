// Filters and paths as they are written (RFC 7644 §3.4.2.2, §3.5.2), read into a tree. Attributes are lower case in it,
// for they are compared without regard to case. How long, how deep and of how many parts it may be is bounded.
import { isPlainText } from '../../protocol/text.ts'
import type { Comparison } from '../directory/matching/condition.ts'
import { Refusal, type ScimType } from './refusal.ts'

export type Value = string | number | boolean | null
export type FilterLeaf = { path: string; is: Comparison; value: Value } | { path: string; is: 'pr' }
export type Filter = { all: Filter[] } | { any: Filter[] } | { not: Filter } | FilterLeaf

/** `emails[type eq "work"].value`: attribute, which of its values, and which part of them. */
export type Path = { attribute: string; filter?: Filter; sub?: string }

const MOST_CHARACTERS = 4096
const MOST_DEPTH = 20
const MOST_LEAVES = 100
const COMPARISONS: readonly string[] = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le']

const CORE = /^urn:ietf:params:scim:schemas:core:2\.0:(user|group):/

/** @throws {Refusal} invalidFilter */
export function parseFilter(text: string): Filter {
  const reader = new Reader(text, 'invalidFilter')
  const filter = reader.either(0)
  reader.end()
  return filter
}

/** @throws {Refusal} invalidPath */
export function parsePath(text: string): Path {
  const reader = new Reader(text, 'invalidPath')
  const path = reader.target()
  reader.end()
  return path
}

const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|([()[\]])|([^\s()[\]"]+))/y

class Reader {
  private readonly tokens: string[] = []
  private readonly blame: ScimType
  private at = 0
  private leaves = 0

  constructor(text: string, blame: ScimType) {
    this.blame = blame
    if (text.length > MOST_CHARACTERS) this.refuse(`It is longer than ${MOST_CHARACTERS} characters.`)
    TOKEN.lastIndex = 0
    while (text.slice(TOKEN.lastIndex).trim() !== '') {
      const from = TOKEN.lastIndex
      const [, quoted, bracket, word] = TOKEN.exec(text) ?? []
      const token = quoted ?? bracket ?? word
      if (token === undefined) this.refuse(`What stands at character ${from + 1} can’t be read.`)
      this.tokens.push(token)
    }
  }

  end(): void {
    if (this.at < this.tokens.length) this.refuse(`“${this.tokens[this.at]}” is too much.`)
  }

  either(depth: number): Filter {
    const any = [this.both(depth)]
    while (this.passed('or')) any.push(this.both(depth))
    return any.length === 1 ? (any[0] as Filter) : { any }
  }

  target(): Path {
    const attribute = this.attribute()
    if (!this.passed('[')) return split(attribute)
    const filter = this.inBrackets(0)
    const sub = this.rest()
    return sub === undefined ? { attribute, filter } : { attribute, filter, sub }
  }

  private both(depth: number): Filter {
    const all = [this.one(depth)]
    while (this.passed('and')) all.push(this.one(depth))
    return all.length === 1 ? (all[0] as Filter) : { all }
  }

  private one(depth: number): Filter {
    if (depth > MOST_DEPTH) this.refuse(`It is nested deeper than ${MOST_DEPTH}.`)
    if (this.passed('not')) {
      if (this.tokens[this.at] !== '(') this.refuse('After “not” a bracket opens.')
      return { not: this.one(depth + 1) }
    }
    if (this.passed('(')) {
      const inside = this.either(depth + 1)
      this.expect(')')
      return inside
    }
    return this.comparison(depth)
  }

  /** `attr op value`, `attr pr`, `attr[…]`, and what some write: `attr[…].sub op value`. */
  private comparison(depth: number): Filter {
    if (++this.leaves > MOST_LEAVES) this.refuse(`It has more than ${MOST_LEAVES} comparisons.`)
    const path = this.attribute()
    if (!this.passed('[')) return this.compared(path)
    const inside = within(path, this.inBrackets(depth + 1))
    const sub = this.rest()
    return sub === undefined ? inside : { all: [inside, this.compared(`${path}.${sub}`)] }
  }

  private inBrackets(depth: number): Filter {
    const filter = this.either(depth)
    this.expect(']')
    return filter
  }

  private compared(path: string): FilterLeaf {
    const is = this.next().toLowerCase()
    if (is === 'pr') return { path, is }
    if (!COMPARISONS.includes(is)) this.refuse(`“${is}” is no comparison.`)
    return { path, is: is as Comparison, value: this.value() }
  }

  private value(): Value {
    const token = this.next()
    try {
      const value: unknown = JSON.parse(/^(true|false|null)$/i.test(token) ? token.toLowerCase() : token)
      if (typeof value === 'string' && !isPlainText(value)) this.refuse('A value holds what no text here does.')
      if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as Value
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
    return this.refuse(`“${token}” is no value; text stands in quotation marks.`)
  }

  private attribute(): string {
    const token = this.next().toLowerCase().replace(CORE, '')
    if (!/^[a-z$][\w$.:-]*$/.test(token)) this.refuse(`“${token}” is no attribute.`)
    return token
  }

  /** `.sub` after a bracket. */
  private rest(): string | undefined {
    if (!this.tokens[this.at]?.startsWith('.')) return undefined
    return this.next().slice(1).toLowerCase()
  }

  private passed(token: string): boolean {
    if (this.tokens[this.at]?.toLowerCase() !== token) return false
    this.at++
    return true
  }

  private expect(token: string): void {
    if (!this.passed(token)) this.refuse(`“${token}” is missing.`)
  }

  private next(): string {
    return this.tokens[this.at++] ?? this.refuse('It ends too early.')
  }

  private refuse(why: string): never {
    const what = this.blame === 'invalidFilter' ? 'filter' : 'path'
    throw new Refusal(400, this.blame, `The ${what} can’t be read. ${why}`)
  }
}

/** A URN has dots of its own: only what follows its last colon is divided. */
function split(attribute: string): Path {
  const from = attribute.lastIndexOf(':') + 1
  const dot = attribute.indexOf('.', from)
  if (dot < 0) return { attribute }
  return { attribute: attribute.slice(0, dot), sub: attribute.slice(dot + 1) }
}

/** What stands in brackets speaks of parts of the attribute. */
function within(path: string, filter: Filter): Filter {
  if ('all' in filter) return { all: filter.all.map((one) => within(path, one)) }
  if ('any' in filter) return { any: filter.any.map((one) => within(path, one)) }
  if ('not' in filter) return { not: within(path, filter.not) }
  return { ...filter, path: `${path}.${filter.path}` }
}
