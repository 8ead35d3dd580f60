// Problem documents (RFC 9457) as a stranger reads them: whole, or not at all.
import { expect } from 'vitest'
import { type Json, type Reply, said } from './wire-call.ts'

const PREFIX = 'urn:countersign:problem:'

/**
 * Expects a whole problem document and nothing beside it.
 * @param answer e.g. '403 wrong-secret' @param more the further members, exactly
 */
export function expectProblem(reply: Reply<unknown>, answer: string, more: Json = {}): void {
  expect(said(reply)).toBe(answer)
  const [status, slug] = answer.split(' ')
  expect(reply.headers['content-type']).toBe('application/problem+json')
  const text = expect.stringMatching(/./)
  expect(reply.body).toEqual({ type: PREFIX + slug, title: text, status: Number(status), detail: text, ...more })
}

/** Expects 422 with exactly these JSON pointers. */
export function expectInvalid(reply: Reply<unknown>, ...pointers: string[]): void {
  const text = expect.stringMatching(/./)
  expectProblem(reply, '422 invalid', { errors: Object.fromEntries(pointers.map((pointer) => [pointer, text])) })
}
