import { expect, it } from 'vitest'
import { takeActivationCode } from './activation-fragment.ts'

function open(pathname: string, hash: string) {
  const shown: unknown[] = []
  const history = {
    state: { back: null },
    replaceState: (_: unknown, __: string, url?: string | URL | null) => shown.push(url),
  }
  return { code: takeActivationCode({ pathname, hash }, history as unknown as History), shown }
}

it('takes the code out of the address', () => {
  expect(open('/enrol', '#0123-abcd')).toEqual({ code: '0123-abcd', shown: ['/enrol'] })
  expect(open('/enrol', '#01%2023')).toEqual({ code: '01 23', shown: ['/enrol'] })
})

it('takes a fragment that is badly encoded as it is', () => {
  expect(open('/enrol', '#%zz')).toEqual({ code: '%zz', shown: ['/enrol'] })
})

it('leaves every other address alone', () => {
  expect(open('/history', '#abcd')).toEqual({ code: undefined, shown: [] })
  expect(open('/enrol', '')).toEqual({ code: undefined, shown: [] })
})
