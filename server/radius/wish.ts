// What somebody typed where there is one field for everything: the password, and after the last comma how they confirm.

export type Wish = { kind: 'push' } | { kind: 'passcode'; passcode: string } | { kind: 'unsaid' }
export type Typed = { password: string; wish: Wish }

/** As devices and the help desk show them. */
const PASSCODE = /^\d{6,8}$/

/**
 * `password`, `password,push`, `password,123456`. A password that itself ends so is typed with `,push` after it; one
 * without a comma is all password, whatever it looks like.
 */
export function readTyped(typed: string): Typed {
  const comma = typed.lastIndexOf(',')
  const wish: Wish = comma === -1 ? { kind: 'unsaid' } : wishOf(typed.slice(comma + 1))
  return { password: wish.kind === 'unsaid' ? typed : typed.slice(0, comma), wish }
}

/** Digits in groups are read as they are shown: `123 456`. */
export function wishOf(word: string): Wish {
  const plain = word.replace(/\s/g, '')
  if (plain.toLowerCase() === 'push') return { kind: 'push' }
  return PASSCODE.test(plain) ? { kind: 'passcode', passcode: plain } : { kind: 'unsaid' }
}
