import { expect, it } from 'vitest'
import { workerScript } from './worker-script.ts'

it('names the worker where the browser has no Trusted Types', () => {
  expect(workerScript({})).toBe('/sw.js')
})

it('makes a policy that lets the worker through and nothing else', () => {
  const made: Record<string, (url: string) => string> = {}
  const trustedTypes = {
    createPolicy: (name: string, rules: { createScriptURL(url: string): string }) => {
      made[name] = rules.createScriptURL
      return rules
    },
  }
  expect(workerScript({ trustedTypes })).toBe('/sw.js')
  expect(Object.keys(made)).toEqual(['countersign'])
  for (const url of ['/sw.js?x', 'https://example.com/sw.js', '//sw.js', '']) {
    expect(() => made.countersign?.(url)).toThrow(TypeError)
  }
})
