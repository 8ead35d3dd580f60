// A refusal, taken apart: what is about one field of the form, and what is left to say where the form was sent.
import type { ProblemSlug } from '../../protocol/problems.ts'
import { t } from '../../words/console.ts'
import { Refusal } from './conversation.ts'
import { invalidText, refusalText } from './refusal-text.ts'

/** Each of these is about one member of what was sent. */
const ABOUT: Partial<Record<ProblemSlug, string>> = {
  'incompatible-policy': 'approval',
  'username-taken': 'username',
  'guessable-password': 'password',
  'operator-name-taken': 'name',
  'group-name-taken': 'name',
}

/**
 * @param members what the form has fields for
 * @returns a sentence by member; `rest` undefined where that is all
 */
export function refusedFields(
  error: unknown,
  members: ReadonlySet<string>,
): { at: ReadonlyMap<string, string>; rest: string | undefined } {
  const at = new Map<string, string>()
  if (!(error instanceof Refusal)) return { at, rest: refusalText(error) }
  const about = error.slug && ABOUT[error.slug]
  if (about && members.has(about)) return { at: at.set(about, refusalText(error)), rest: undefined }
  const rest: Record<string, string> = {}
  for (const [pointer, why] of Object.entries(error.errors)) {
    const { member, sentence } = ofField(pointer, why, members)
    if (member === undefined) rest[pointer] = why
    else at.set(member, [at.get(member), sentence].filter(Boolean).join(' '))
  }
  if (at.size === 0) return { at, rest: refusalText(error) }
  return { at, rest: Object.keys(rest).length > 0 ? invalidText(rest) : undefined }
}

/** `/redirectUris/1` is the second line of its field; `/policy/workingHours/1/zone` may have one of its own. */
function ofField(pointer: string, why: string, members: ReadonlySet<string>) {
  const own = [...members].find((member) => member.includes('/') && pointer.endsWith(`/${member}`))
  if (own !== undefined) return { member: own, sentence: t('refusal.here', { why }) }
  const parts = pointer.split('/')
  const at = parts.findLastIndex((part) => members.has(part))
  const line = Number(parts[at + 1] || Number.NaN)
  const sentence = Number.isNaN(line) ? t('refusal.here', { why }) : t('refusal.line', { line: line + 1, why })
  return { member: parts[at], sentence }
}
