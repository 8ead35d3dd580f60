// The words by which a person is found: each by its beginning, written with its accents or without.
import { usernameKey } from './text.ts'

const MOST_WORDS = 24
const LONGEST_WORD = 64

/**
 * Of the user name, the name that people see and the mail address, whole and in their parts; compared as user names are.
 * 'Zoë Smith-Jones' is found by 'zoe', by 'smith' and by 'jones'.
 */
export function nameWords(person: { username: string; displayName: string; email: string | null }): string[] {
  const address = usernameKey(person.email ?? '')
  const shown = usernameKey(person.displayName).split(/\s+/)
  const whole = [usernameKey(person.username), ...shown, address]
  const parts = [...shown, address.split('@')[0] ?? ''].flatMap((word) => word.split(/[._+'’‐-]+/))
  const words = [...whole, ...parts].flatMap((word) => [word, withoutAccents(word)])
  return [...new Set(words.filter((word) => word !== '').map((word) => word.slice(0, LONGEST_WORD)))].slice(
    0,
    MOST_WORDS,
  )
}

/** Letters that Unicode does not take apart. */
const PLAIN: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
}

/** As it is typed where a keyboard has no accents; in scripts whose vowels are marks nothing is taken away. */
function withoutAccents(word: string): string {
  const bare = word.normalize('NFD').replaceAll(/[\u0300-\u036f]/g, '')
  return bare.normalize('NFC').replaceAll(/[łøđðþħıßæœ]/g, (letter) => PLAIN[letter] ?? letter)
}
