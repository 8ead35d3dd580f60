// What this page says to the server, and what a person is told where that fails.
import { PROBLEM_TYPE } from '../../protocol/problem-slug.ts'
import { t } from '../../words/account.ts'

/** The server said no. */
export class Refusal extends Error {
  readonly slug: string
  constructor(slug: string) {
    super(slug)
    this.name = 'Refusal'
    this.slug = slug
  }
}

/** No answer, or one that is not the server's. */
class Unreachable extends Error {}

export async function call<Answer = void>(method: 'GET' | 'POST' | 'PUT', path: string, body: unknown = {}) {
  const sent: RequestInit =
    method === 'GET' ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  let response: Response
  let answer: unknown
  try {
    const init: RequestInit = { method, ...sent, cache: 'no-store', credentials: 'same-origin' }
    response = await fetch(`/account/api/${path}`, init)
    answer = response.status === 204 ? undefined : await response.json()
  } catch (cause) {
    throw new Unreachable('no answer', { cause })
  }
  if (!response.ok) throw new Refusal(slugIn(answer))
  return answer as Answer
}

function slugIn(document: unknown): string {
  const type = typeof document === 'object' && document !== null && 'type' in document ? String(document.type) : ''
  return type.replace(PROBLEM_TYPE, '')
}

export function troubleText(error: unknown): string {
  if (error instanceof Unreachable) return t('account.unreachable')
  if (!(error instanceof Refusal)) throw error
  switch (error.slug) {
    case 'unauthenticated':
      return t('account.over')
    case 'wrong-credentials':
      return t('account.password.wrong')
    case 'guessable-password':
      return t('account.password.guessable')
    case 'too-many-requests':
      return t('account.tooMany')
    case 'added-too-recently':
      return t('account.device.codeTooNew')
    case 'too-late-to-report':
      return t('account.tooLate')
    default:
      return t('account.refused')
  }
}
