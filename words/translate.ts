// A catalogue of messages to a small, typed `t`. A language is a catalogue with the same keys; an entry of the build
// composes only the catalogues it shows, so the login page never carries the app's words.

/** The `{names}` inside a message. */
type Placeholder<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Placeholder<Rest> : never

/** `x.one` and `x.other` are asked for as `x`, with a `count`. */
type PluralKey<Key> = Key extends `${infer Base}.other` ? Base : never
type PlainKey<Key> = Key extends `${string}.${'zero' | 'one' | 'two' | 'few' | 'many' | 'other'}` ? never : Key

export type Catalogue = Readonly<Record<string, string>>
export type KeyOf<C extends Catalogue> = PlainKey<keyof C & string> | PluralKey<keyof C & string>

type Values<Names extends string> = [Names] extends [never]
  ? []
  : string extends Names
    ? [values?: Readonly<Record<string, string | number>>]
    : [values: Readonly<Record<Names, string | number>>]

type PluralNames<C extends Catalogue, Key extends string> = 'count' | Placeholder<C[`${Key}.other` & keyof C]>

export type ValuesFor<C extends Catalogue, Key extends string> = Key extends keyof C
  ? Values<Placeholder<C[Key]>>
  : Values<PluralNames<C, Key>>

/** A run of a message: the catalogue's own words, or a value that came from elsewhere and must stand apart. */
export type Part = { readonly text: string; readonly foreign: boolean }

export type Translator<C extends Catalogue> = {
  /** The message as one string: for attributes and wherever nothing foreign is in it. */
  t<Key extends KeyOf<C>>(key: Key, ...values: ValuesFor<C, Key>): string
  /** The message in runs, so that foreign names can be drawn isolated (`<bdi>`). */
  parts<Key extends KeyOf<C>>(key: Key, ...values: ValuesFor<C, Key>): readonly Part[]
}

export function translator<const C extends Catalogue>(catalogue: C, locale = 'en'): Translator<C> {
  // Made with the first number: most texts have none, and both are large.
  let plurals: Intl.PluralRules | undefined
  let numbers: Intl.NumberFormat | undefined

  function formOf(count: number): string {
    plurals ??= new Intl.PluralRules(locale)
    return plurals.select(count)
  }

  function written(value: number): string {
    numbers ??= new Intl.NumberFormat(locale)
    return numbers.format(value)
  }

  function message(key: string, values: Readonly<Record<string, unknown>>): string {
    const { count } = values
    const plural = typeof count === 'number' ? catalogue[`${key}.${formOf(count)}`] : undefined
    return catalogue[key] ?? plural ?? catalogue[`${key}.other`] ?? key
  }

  function runs(key: string, values: Readonly<Record<string, string | number>> = {}): Part[] {
    return message(key, values)
      .split(/\{(\w+)\}/)
      .map((piece, index) => {
        if (index % 2 === 0) return { text: piece, foreign: false }
        const value = values[piece]
        // A number is ours and is written as the language writes numbers.
        if (typeof value === 'number') return { text: written(value), foreign: false }
        return { text: value ?? '', foreign: true }
      })
      .filter(({ text }) => text !== '')
  }

  return {
    t: (key, ...[values]) =>
      runs(key, values)
        .map(({ text }) => text)
        .join(''),
    parts: (key, ...[values]) => runs(key, values),
  }
}
