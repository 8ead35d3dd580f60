// A mail server that answers anything: a mail has one outcome, told in time, and is only sent where all of it was taken.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { triedInTurn } from '../../test/support/fuzzing.ts'
import { smtpSender } from './send.ts'

const USUAL = ['220 mail.example', '250 mail.example', '250 ok', '250 ok', '354 go on', '250 taken']
const TAKEN = 5
const reply = fc.oneof(
  fc.constantFrom(
    ...USUAL,
    '250-mail.example\r\n250-SIZE 0\r\n250 PIPELINING',
    '250-never ends',
    '250-STARTTLS\r\n250 8BITMIME',
  ),
  fc.constantFrom(
    '421 going',
    '450 later',
    '451 later',
    '535 no',
    '550 no',
    '552 no',
    '554 no',
    '554 see https://a.example/#1',
  ),
  fc.constantFrom('', '2', '25', '999 x', '-250 x', '250', '250\t', '\0\0', `250 ${'x'.repeat(100_000)}`, '220 \u00ff'),
  fc.string({ unit: 'binary' }),
)
/** As it is usually, but for some; a greeting that never comes is asked for once more, several times. */
const replies = fc
  .tuple(fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), reply), { maxLength: 2 }), fc.integer({ min: 1, max: 8 }))
  .map(([changes, most]) => {
    const said = [...USUAL]
    for (const [at, other] of changes) said[at] = other
    return said.slice(0, most)
  })

let now: string[]
const server = createServer((socket) => {
  const left = [...now]
  const next = () => {
    const said = left.shift()
    // Who says half of something, and no more, is waited for.
    if (said !== undefined && /^\d{3} /m.test(said)) socket.write(`${said}\r\n`, 'latin1')
    else socket.end(said ?? '', 'latin1')
  }
  socket.on('error', () => undefined)
  socket.on('data', next)
  next()
})
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'))
afterAll(() => void server.close())

it('whatever comes on the wire', async () => {
  const mail = { id: 'mail_1', subject: 'Hello', text: 'Hello', html: '<p>Hello</p>' }
  const kinds = new Set<string>()
  await triedInTurn(
    replies,
    async (said) => {
      now = said
      const { port } = server.address() as AddressInfo
      const sender = smtpSender(new URL(`smtp://127.0.0.1:${port}`), { name: '', address: 'a@harbour.example' })
      const sent = await sender.send('alice@example.org', mail)
      sender.close()
      kinds.add(sent.kind)
      if (sent.kind === 'sent') expect(said.slice(TAKEN).some((one) => one.startsWith('2'))).toBe(true)
      else expect(sent.error).not.toMatch(/[\p{Cc}#]|:\/\//u)
    },
    200,
  )
  expect([...kinds].sort()).toEqual(['again', 'refused', 'sent'])
})
