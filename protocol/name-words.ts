// The words by which a person is found, besides the user name: each is found by its beginning.
import { usernameKey } from './text.ts'

const MOST_WORDS = 16
const LONGEST_WORD = 64

/** Of the name that people see and of the mail address, whole and in its parts; compared as user names are. */
export function nameWords(displayName: string, email: string | null): string[] {
  const address = usernameKey(email ?? '')
  const parts = (address.split('@')[0] ?? '').split(/[._+-]+/)
  const words = [...usernameKey(displayName).split(/\s+/), address, ...parts]
  return [...new Set(words.filter((word) => word !== '').map((word) => word.slice(0, LONGEST_WORD)))].slice(
    0,
    MOST_WORDS,
  )
}
