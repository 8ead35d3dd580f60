import { describe, expect, it } from 'vitest'
import { sameOutput, takePrfOutput } from './prf-results.ts'

const output = Uint8Array.from({ length: 32 }, (_, index) => index)

describe('the output of a passkey', () => {
  it('is taken out, so that it is not there for anybody after', () => {
    const extensions = { prf: { results: { first: output.buffer } } }
    expect(takePrfOutput(extensions)).toEqual(output)
    expect(takePrfOutput(extensions)).toBeUndefined()
    expect(JSON.stringify(extensions)).toBe('{}')
  })

  it('is read from a view on a larger buffer', () => {
    const buffer = new Uint8Array(64)
    buffer.set(output, 16)
    expect(takePrfOutput({ prf: { results: { first: buffer.subarray(16, 48) } } })).toEqual(output)
  })

  it('is absent where the browser only says that it could, or gives the wrong length', () => {
    expect(takePrfOutput({ prf: { enabled: true } })).toBeUndefined()
    expect(takePrfOutput({})).toBeUndefined()
    expect(takePrfOutput({ prf: { results: { first: new Uint8Array(16) } } })).toBeUndefined()
  })

  it('is compared byte by byte', () => {
    expect(sameOutput(output, output.slice())).toBe(true)
    expect(sameOutput(output, output.slice(1))).toBe(false)
    expect(
      sameOutput(
        output,
        output.map((byte) => byte ^ 1),
      ),
    ).toBe(false)
  })
})
