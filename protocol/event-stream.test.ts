import { expect, test } from 'vitest'
import { EventParser, readEvents } from './event-stream.ts'

const parse = (...pieces: string[]) => {
  const parser = new EventParser()
  return pieces.flatMap((piece) => parser.push(piece))
}

test('an event has a name, data and an id', () => {
  expect(parse('event: requests\nid: 7\ndata: {"a":1}\n\n')).toEqual([{ event: 'requests', id: '7', data: '{"a":1}' }])
})

test.each(['\n', '\r\n', '\r'])('lines may end in %j', (end) => {
  const text = ['event: a', 'data: 1', '', 'data: 2', 'data: 3', '', ''].join(end)
  expect(parse(text, ':').map(({ event, data }) => [event, data])).toEqual([
    ['a', '1'],
    ['message', '2\n3'],
  ])
})

test('pieces may break anywhere', () => {
  const text = ': hello\r\nevent: requests\r\ndata: {"requests":[]}\r\n\r\nevent: b\r\ndata:x\r\n\r\n'
  expect(parse(...text)).toEqual(parse(text))
  expect(parse(text)).toHaveLength(2)
})

test('comments, unknown fields and events without data are nothing', () => {
  expect(parse(': still here\n\nretry: 5\n\nevent: empty\n\nnonsense\n\n')).toEqual([])
})

test('an unfinished event is not an event', () => {
  expect(parse('data: 1\n')).toEqual([])
})

test('characters split over two chunks come out whole, and the end of the stream is the end', async () => {
  const bytes = new TextEncoder().encode('data: Gdańsk\n\n')
  const chunks = [bytes.slice(0, 10), bytes.slice(10)]
  const reader = { read: async () => ({ done: chunks.length === 0, value: chunks.shift() }) }
  const events = []
  for await (const { data } of readEvents(reader, (from) => from.read())) events.push(data)
  expect(events).toEqual(['Gdańsk'])
})
