import { expect, it } from 'vitest'
import { frameMedia } from './appearance.ts'

it('colours the browser’s frame as the page is coloured', () => {
  expect(frameMedia('system', 'dark')).toBe('(prefers-color-scheme: dark)')
  expect(frameMedia('dark', 'dark')).toBe('all')
  expect(frameMedia('dark', 'light')).toBe('not all')
})
