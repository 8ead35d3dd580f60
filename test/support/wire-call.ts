// HTTP as a stranger speaks it: the address that is connected to and the origin that is asked for are two things.
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'

/** Where a party is reached. */
export type Wire = {
  /** in `Host`, and in what devices sign */
  origin: string
  /** what is really connected to */
  port: number
}

export type Json = Record<string, unknown>

export type Sent = {
  headers?: Record<string, string | string[]>
  /** an object is sent as JSON */
  body?: object | string | Uint8Array
}

export type Reply<Body = Json> = { status: number; headers: IncomingHttpHeaders; text: string; body: Body }

const agent = new Agent({ keepAlive: true, maxSockets: 256 })

/** Sends a call and resolves with the answer's head. */
export function send({ origin, port }: Wire, method: string, path: string, sent: Sent = {}): Promise<IncomingMessage> {
  const { headers = {}, body } = sent
  const isJson = typeof body === 'object' && !(body instanceof Uint8Array)
  const bytes = body === undefined ? undefined : Buffer.from(isJson ? JSON.stringify(body) : body)
  const host = String(headers.host ?? new URL(origin).host)
  const all = {
    ...(isJson ? { 'content-type': 'application/json' } : {}),
    ...(bytes ? { 'content-length': String(bytes.length) } : {}),
    ...headers,
    host,
  }
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, method, path, headers: all, agent }, resolve)
    call.on('error', reject)
    call.end(bytes)
  })
}

export async function call<Body = Json>(
  wire: Wire,
  method: string,
  path: string,
  sent: Sent = {},
): Promise<Reply<Body>> {
  const answer = await send(wire, method, path, sent)
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const isJson = /\bjson\b/.test(answer.headers['content-type'] ?? '')
  const body = (isJson && text !== '' ? JSON.parse(text) : {}) as Body
  return { status: answer.statusCode ?? 0, headers: answer.headers, text, body }
}

/** '403 wrong-secret', or the bare status of an answer that is no problem. */
export function said({ status, headers, body }: Reply<unknown>): string {
  if (!headers['content-type']?.startsWith('application/problem+json')) return String(status)
  const { type } = body as { type: string }
  return `${status} ${type.replace('urn:countersign:problem:', '')}`
}
