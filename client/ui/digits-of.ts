/** The digits in what was typed or pasted, in ASCII, at most `length` of them ('4 2', '４２' and '٤٢' are all 42). */
export function digitsOf(typed: string, length: number): string {
  return [...typed.normalize('NFKC')].map(asciiDigit).join('').slice(0, length)
}

/** Unicode's decimal digits come in runs of ten; a digit's value is its distance from the run's start. */
function asciiDigit(character: string): string {
  if (!/^\p{Nd}$/u.test(character)) return ''
  const code = character.codePointAt(0) ?? 0
  let start = code
  while (code - start < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(start - 1))) start--
  return String(code < 0x80 ? code - 0x30 : code - start)
}
