// The server's side of `fetch` for tests: answers in turn, and everything that was asked.

export type Asked = { method: string; path: string; headers: Headers; body: string }
type Answer = Response | Error | ((asked: Asked) => Response | Promise<Response>)

export class FakeServer {
  readonly asked: Asked[] = []
  #answers: Answer[] = []
  #otherwise: Answer = new TypeError('Failed to fetch')

  /** For the next calls, one each. */
  answers(...answers: Answer[]): this {
    this.#answers.push(...answers)
    return this
  }

  /** For every call beyond those; unreachable unless set. */
  otherwise(answer: Answer): this {
    this.#otherwise = answer
    return this
  }

  fetch: typeof fetch = async (input, init) => {
    const { pathname, search } = new URL(String(input))
    const headers = new Headers(init?.headers)
    const asked = { method: init?.method ?? 'GET', path: pathname + search, headers, body: String(init?.body ?? '') }
    this.asked.push(asked)
    const answer = this.#answers.shift() ?? this.#otherwise
    if (answer instanceof Error) throw answer
    return answer instanceof Response ? answer.clone() : answer(asked)
  }
}

export const OFFLINE = new TypeError('Failed to fetch')

export function json(value: unknown, status = 200): Response {
  return Response.json(value, { status })
}

export function problem(slug: string, status: number, members: Record<string, unknown> = {}): Response {
  const document = { type: `urn:countersign:problem:${slug}`, title: slug, status, ...members }
  return new Response(JSON.stringify(document), { status, headers: { 'Content-Type': 'application/problem+json' } })
}
