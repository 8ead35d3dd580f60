// What the console says to the server, and how a refusal comes back.
import { type ProblemSlug, slugOf } from '../../protocol/problems.ts'

const BASE = '/admin/v1'

/** The server said no. */
export class Refusal extends Error {
  readonly slug: ProblemSlug | undefined
  /** by JSON pointer, where some of what was sent is not valid */
  readonly errors: Readonly<Record<string, string>>

  constructor(document: unknown) {
    const slug = slugOf(document)
    super(slug ?? 'unknown')
    this.name = 'Refusal'
    this.slug = slug
    this.errors = (document as { errors?: Record<string, string> } | null)?.errors ?? {}
  }
}

/** No answer, or one that is not the server's. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type Sent = {
  body?: unknown
  /** in the place of a body: a file of this media type */
  file?: { type: string; content: Blob }
  /** the version that was seen, for an edit */
  version?: number
  signal?: AbortSignal
}

/** @param path below /admin/v1 @throws {Refusal | Unreachable} */
export async function callServer<Answer>(
  method: Method,
  path: string,
  { body, file, version, signal }: Sent = {},
): Promise<Answer> {
  const headers = {
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(file && { 'Content-Type': file.type }),
    ...(version === undefined ? {} : { 'If-Match': `"${version}"` }),
  }
  const sent = file ? { body: file.content } : body === undefined ? {} : { body: JSON.stringify(body) }
  let response: Response
  let answer: unknown
  try {
    const init: RequestInit = {
      method,
      headers,
      cache: 'no-store',
      credentials: 'same-origin',
      ...sent,
      ...(signal && { signal }),
    }
    response = await fetch(BASE + path, init)
    answer = response.status === 204 ? undefined : await response.json()
  } catch (cause) {
    if (signal?.aborted) throw signal.reason
    throw new Unreachable('no answer', { cause })
  }
  if (!response.ok) throw new Refusal(answer)
  return answer as Answer
}
