import { describe, expect, it } from 'vitest'
import { lastChoice, rememberChoice } from './last-choice.ts'

describe('the last way of confirming', () => {
  it('is push, until somebody chose otherwise', () => {
    const kept = new Map<string, string>()
    const storage = () => ({
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    })
    expect(lastChoice(storage)).toBe('push')
    rememberChoice(storage, 'passcode')
    expect(lastChoice(storage)).toBe('passcode')
    rememberChoice(storage, 'push')
    expect(lastChoice(storage)).toBe('push')
  })

  it('is push in a browser that keeps nothing', () => {
    const storage = (): Storage => {
      throw new DOMException('no storage here', 'SecurityError')
    }
    rememberChoice(storage, 'passcode')
    expect(lastChoice(storage)).toBe('push')
  })
})
