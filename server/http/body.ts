// Bodies: bounded first, and read as JSON only when it is their turn.
import { Readable } from 'node:stream'
import type * as z from 'zod/mini'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import type { Call, Middleware } from './env.ts'

const MOST_BYTES = 64 * 1024

/** Reads the body whole, so that its size is judged before anything else. */
export const boundedBody: Middleware = async (c, next) => {
  await readBody(c, MOST_BYTES, () => new Problem('body-too-large'))
  await next()
}

/** @param most bytes, where 64 KiB would be too few; for those whose name is known already */
export function boundedTo(most: number): Middleware {
  const tooLarge = () => new Problem('body-too-large', { detail: `The body is larger than ${most / 1024 / 1024} MiB.` })
  return async (c, next) => {
    await readBody(c, most, tooLarge)
    await next()
  }
}

async function readBody(c: Call, most: number, tooLarge: () => Problem): Promise<void> {
  if (Number(c.req.header('content-length') ?? 0) > most) throw tooLarge()
  const hasNone = c.req.method === 'GET' || c.req.method === 'HEAD'
  c.set('body', hasNone ? new Uint8Array() : await readAtMost(bodyOf(c), most, tooLarge))
}

/** What a path of its own reads as a file, once it is known who sends it; what nobody read is let go by. */
export const unreadBody: Middleware = async (c, next) => {
  c.set('body', new Uint8Array())
  await next()
  c.env?.incoming?.resume()
}

/** @throws {Problem} malformed, body-too-large */
export async function readFileSent(c: Call, mediaType: string, most: number): Promise<string> {
  const tooLarge = () => new Problem('body-too-large', { detail: `The file is larger than ${most / 1024 / 1024} MiB.` })
  if (Number(c.req.header('content-length') ?? 0) > most) throw tooLarge()
  c.set('body', await readAtMost(bodyOf(c), most, tooLarge))
  return readText(c, mediaType)
}

/** Node's own stream where there is one: a web stream around it costs more than all the rest of a small call. */
function bodyOf(c: Call): Readable {
  return c.env?.incoming ?? Readable.from(c.req.raw.body ?? [])
}

/**
 * By events: an async iterator around the stream costs more than the reading. What is too long is let go by, for its
 * connection has yet to carry the answer.
 * @throws {Problem} body-too-large, malformed where the caller went away in the middle: no answer reaches them
 */
function readAtMost(
  stream: Readable,
  most: number,
  tooLarge = () => new Problem('body-too-large'),
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Uint8Array) => {
      length += chunk.length
      if (length > most) reject(tooLarge())
      else chunks.push(chunk)
    })
    stream.once('end', () => resolve(new Uint8Array(Buffer.concat(chunks))))
    stream.once('error', () => reject(new Problem('malformed', { detail: 'The body was broken off.' })))
  })
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
