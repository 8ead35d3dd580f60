import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { Answer, answering } from './answer.ts'

const DEFAULTS = { 'Cache-Control': 'no-store', 'X-Frame-Options': 'DENY' }

/** Status, and headers as they were sent: two of one name stand there as two, joined by a comma. */
async function answered(answer: (outgoing: ServerResponse) => void) {
  let callId: string | undefined
  const server = createServer({ ServerResponse: answering(DEFAULTS) }, (_incoming, outgoing) => {
    callId = outgoing instanceof Answer ? outgoing.callId : undefined
    answer(outgoing)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const { 'x-request-id': id, ...headers } = Object.fromEntries(response.headers)
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(id).toBe(callId)
    return { status: response.status, text: await response.text(), headers }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const EVERYBODYS = { 'cache-control': 'no-store', 'x-frame-options': 'DENY' }

it.each<[string, (outgoing: ServerResponse) => void]>([
  ['says nothing of headers', (outgoing) => outgoing.writeHead(404).end('words')],
  ['writes no head itself', (outgoing) => Object.assign(outgoing, { statusCode: 404 }).end('words')],
  ['says its own reason', (outgoing) => outgoing.writeHead(404, 'No', {}).end('words')],
])('an answer that %s has what every answer has', async (_which, answer) => {
  expect(await answered(answer)).toMatchObject({ status: 404, text: 'words', headers: EVERYBODYS })
})

it.each<[string, (outgoing: ServerResponse) => void]>([
  ['in its head', (outgoing) => outgoing.writeHead(200, { 'Cache-Control': 'public', 'X-Own': '1' }).end()],
  ['spelt otherwise', (outgoing) => outgoing.writeHead(200, { 'cache-control': 'public', 'x-own': '1' }).end()],
  ['as a list', (outgoing) => outgoing.writeHead(200, ['cache-control', 'public', 'x-own', '1']).end()],
  ['beforehand', (outgoing) => outgoing.setHeader('cache-control', 'public').setHeader('x-own', '1').end()],
  ['in both', (outgoing) => outgoing.setHeader('x-own', '1').writeHead(200, { 'cache-control': 'public' }).end()],
])('what an answer says itself, %s, is said once and in the place of what others say', async (_how, answer) => {
  const { headers } = await answered(answer)
  expect(headers).toMatchObject({ 'cache-control': 'public', 'x-frame-options': 'DENY', 'x-own': '1' })
})
