// What is written past the log: to the console, or to the process's own streams. What anybody may have written there
// fills a disk, and is no line that anything could read.
import { afterEach, beforeEach, vi } from 'vitest'

/** Registers its own start and end. @returns what was written since the test began */
export function saidAside(): readonly string[] {
  const said: string[] = []
  const heard = (...parts: unknown[]) => void said.push(parts.map(String).join(' '))
  beforeEach(() => {
    said.length = 0
    for (const level of ['error', 'warn', 'info', 'log', 'debug', 'trace'] as const)
      vi.spyOn(console, level).mockImplementation(heard)
    vi.spyOn(process.stderr, 'write').mockImplementation((part) => {
      heard(part)
      return true
    })
  })
  afterEach(() => vi.restoreAllMocks())
  return said
}
