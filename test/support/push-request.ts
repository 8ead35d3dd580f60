// The rules of RFC 8030 and 8292 that every push service holds a sender to, whatever is behind it.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { PushRefusal } from './push-refusal.ts'
import type { VapidClaims, VapidRules } from './vapid.ts'
import { verifyVapid } from './vapid.ts'

export interface PushRequest {
  /** Seconds. */
  ttl: number
  urgency: string | undefined
  topic: string | undefined
  /** Absent where neither the subscription nor the sender names a key. */
  claims: VapidClaims | undefined
}

/** RFC 8030 §7.2: the least that every service takes, and what the big ones stop at. */
export const MAXIMUM_BODY = 4096

export function checkPushRequest(headers: IncomingHttpHeaders, body: Buffer, rules: VapidRules): PushRequest {
  const ttl = text(headers.ttl)
  if (!ttl || !/^\d+$/.test(ttl)) throw new PushRefusal(400, 'TTL is missing or not a number')
  const urgency = text(headers.urgency)
  if (urgency && !/^(very-low|low|normal|high)$/.test(urgency)) throw new PushRefusal(400, 'Urgency is unknown')
  const topic = text(headers.topic)
  if (topic && !/^[\w-]{1,32}$/.test(topic)) throw new PushRefusal(400, 'Topic is not 1 to 32 base64url characters')
  if (body.length > MAXIMUM_BODY) throw new PushRefusal(413, `the body is longer than ${MAXIMUM_BODY} bytes`)
  if (body.length > 0 && headers['content-encoding'] !== 'aes128gcm') {
    throw new PushRefusal(415, 'Content-Encoding is not aes128gcm')
  }
  const named = rules.restrictedTo !== undefined || headers.authorization !== undefined
  const claims = named ? verifyVapid(headers.authorization, rules) : undefined
  return { ttl: Number(ttl), urgency, topic, claims }
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function text(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}
