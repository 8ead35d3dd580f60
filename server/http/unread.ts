// What Node's own parser refuses never becomes a call. It is answered in our words all the same, under the headers of
// every other answer.
import { type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { Problem } from '../../protocol/problems.ts'

type Headers = readonly (readonly [string, string])[]
/** Node's own mark of the answer that is being written on a connection. */
type Answering = Socket & { _httpMessage?: { headersSent: boolean } | null }

export function answerUnread(server: Server, headers: Headers): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Answering) => {
    const canSpeak = socket.writable && error.code !== 'ECONNRESET' && !socket._httpMessage?.headersSent
    if (canSpeak) socket.end(answerTo(error, headers), () => socket.destroy())
    else socket.destroy()
  })
  // RFC 9110 §10.1.1 lets a server pass over what it is not made to expect.
  server.on('checkExpectation', (incoming, outgoing) => server.emit('request', incoming, outgoing))
}

function answerTo({ code }: NodeJS.ErrnoException, headers: Headers): string {
  // Nobody waits for words: as a rule a browser had opened the connection for later.
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return head(408, [['Connection', 'close']])
  const problem = new Problem('malformed', {
    detail: code === 'HPE_HEADER_OVERFLOW' ? 'The headers are too large.' : 'The request could not be read.',
  })
  const body = JSON.stringify(problem.document())
  const about = [
    ['Content-Type', 'application/problem+json'],
    ['Content-Length', String(Buffer.byteLength(body))],
    ['Connection', 'close'],
  ] as const
  return head(problem.status, [...headers, ...about]) + body
}

function head(status: number, headers: Headers): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`
}
