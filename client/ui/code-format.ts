/** '123456' → ['123', '456']; eight digits → four and four. */
export function grouped(code: string): string[] {
  const size = code.length % 3 === 0 ? 3 : 4
  return Array.from({ length: Math.ceil(code.length / size) }, (_, index) =>
    code.slice(index * size, (index + 1) * size),
  )
}

/** '123456' → '1 2 3 4 5 6', so that a voice reads digits and not a number in the hundred thousands. */
export function spelled(code: string): string {
  return [...code].join(' ')
}
