import { expect, it } from 'vitest'
import { bytesField, fixed64Field, numberField, readFields, readVarint, textOf, varint } from './protobuf.ts'

it('reads what it writes', () => {
  const fields = readFields(
    Buffer.concat([numberField(1, 300), bytesField(2, 'a'), bytesField(2, 'b'), fixed64Field(16, 7n)]),
  )
  expect(fields.get(1)).toEqual([300n])
  expect(fields.get(2)?.map(String)).toEqual(['a', 'b'])
  expect(textOf(fields, 16)).toBe('7')
})

it('writes 300 as the documentation of protocol buffers does, and waits for the rest of a cut number', () => {
  expect(varint(300)).toEqual(Buffer.from([0xac, 0x02]))
  expect(readVarint(Buffer.from([0xac]), 0)).toBeNull()
})
