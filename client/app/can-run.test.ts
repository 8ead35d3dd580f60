import { expect, it } from 'vitest'
import { canRun } from './can-run.ts'

const modern = {
  indexedDB: {},
  crypto: { subtle: {} },
  AbortSignal: { any: () => undefined },
  HTMLDialogElement: class {},
  CSS: { supports: () => true },
}

it('runs where everything is there', () => {
  expect(canRun(modern)).toBe(true)
})

it.each(Object.keys(modern))('does not run without %s', (missing) => {
  expect(canRun({ ...modern, [missing]: undefined })).toBe(false)
})

it('does not run where colours would be missing', () => {
  expect(canRun({ ...modern, CSS: { supports: () => false } })).toBe(false)
})
