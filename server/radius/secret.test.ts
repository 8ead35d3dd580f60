import { expect, it } from 'vitest'
import { newSecret } from './secret.ts'

it('is 32 characters that radclient takes for no option', () => {
  const secretOf = (first: number) => newSecret((count) => new Uint8Array(count).fill(first))
  expect(secretOf(0)).toBe('A'.repeat(32))
  // What would be '---…'.
  expect(secretOf(0xfb)).toMatch(/^x[\w-]{31}$/)
})
