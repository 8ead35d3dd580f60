import { expect, it } from 'vitest'
import { keepAppearance, storedAppearance } from './appearance.ts'

it('remembers the appearance that was chosen, and takes anything else for the system’s', () => {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  }
  expect(storedAppearance(storage)).toBe('system')
  keepAppearance(storage, 'dark')
  expect(storedAppearance(storage)).toBe('dark')
  expect(storedAppearance({ getItem: () => 'purple' })).toBe('system')
})
