// Bodies: bounded first, and read as JSON only when it is their turn.
import { Readable } from 'node:stream'
import type * as z from 'zod/mini'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import type { Call, Middleware } from './env.ts'

const MOST_BYTES = 64 * 1024

/** Reads the body whole, so that its size is judged before anything else. */
export const boundedBody: Middleware = async (c, next) => {
  if (Number(c.req.header('content-length') ?? 0) > MOST_BYTES) throw new Problem('body-too-large')
  c.set('body', c.req.method === 'GET' || c.req.method === 'HEAD' ? new Uint8Array() : await readWhole(c))
  await next()
}

/** @throws {Problem} body-too-large, malformed where the caller went away in the middle: no answer reaches them */
async function readWhole(c: Call): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readAtMost(bodyOf(c), MOST_BYTES)
  } catch (error) {
    if (!c.env?.incoming.errored) throw error
    throw new Problem('malformed', { detail: 'The body was broken off.' })
  }
}

/**
 * Node's own stream where there is one: a web stream around it costs more than all the rest of a small call. It is not
 * destroyed where reading ends early, for its connection has yet to carry the answer.
 */
function bodyOf(c: Call): AsyncIterable<Uint8Array> {
  return c.env?.incoming.iterator({ destroyOnReturn: false }) ?? c.req.raw.body ?? Readable.from([])
}

async function readAtMost(stream: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > most) throw new Problem('body-too-large')
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

/** @throws {Problem} malformed: another media type, broken UTF-8 or broken JSON */
export function readText(c: Call, mediaType: string): string {
  const given = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (given !== mediaType) throw new Problem('malformed', { detail: `The body must be ${mediaType}.` })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(c.get('body'))
  } catch {
    throw new Problem('malformed', { detail: 'The body is not UTF-8.' })
  }
}

/** @throws {Problem} malformed, invalid */
export function readJson<T>(c: Call, schema: { safeParse(value: unknown): z.core.util.SafeParseResult<T> }): T {
  const text = readText(c, 'application/json')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Problem('malformed', { detail: 'The body is not JSON.' })
  }
  return parseOrRefuse(schema, value)
}
