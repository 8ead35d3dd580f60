// What is said back: accepted with groups, refused with a sentence, or asked on.
import { PROBLEMS, type Problem, type ProblemSlug } from '../../protocol/problems.ts'
import { t } from '../../words/radius.ts'
import type { GroupRow } from '../directory/groups.ts'
import { all, groupAttributes, TYPE, text } from './attributes.ts'
import type { Answer } from './authenticity.ts'
import type { RadiusClientRow } from './client-rows.ts'
import { CODE, type Packet } from './packet.ts'

type Sentence = Extract<Parameters<typeof t>[0], `radius.${string}`>

export const accept = (client: RadiusClientRow, groups: readonly Pick<GroupRow, 'name'>[]): Answer => ({
  code: CODE.accessAccept,
  attributes: groupAttributes(
    client.groups,
    groups.map(({ name }) => name),
  ),
})

export const reject = (sentence: string): Answer => ({
  code: CODE.accessReject,
  attributes: text(TYPE.replyMessage, sentence),
})

/** @param state what the answer to it must bring back */
export const challenge = (sentence: string, state: string): Answer => ({
  code: CODE.accessChallenge,
  attributes: [...text(TYPE.replyMessage, sentence), { type: TYPE.state, value: Buffer.from(state) }],
})

/** RFC 3579 §2.6.3: a refusal inside and out, so that supplicants stop. */
export function rejectEap(packet: Packet): Answer {
  const [first] = all(packet, TYPE.eapMessage)
  const EAP_FAILURE = 4
  const failure = Buffer.of(EAP_FAILURE, first?.value[1] ?? 0, 0, 4)
  const { code, attributes } = reject(t('radius.eap'))
  return { code, attributes: [{ type: TYPE.eapMessage, value: failure }, ...attributes] }
}

const SAID: Partial<Record<ProblemSlug, Sentence & keyof typeof import('../../words/en/radius.ts').radius>> = {
  'wrong-credentials': 'radius.credentials',
  'not-permitted-here': 'radius.notHere',
  'unknown-user': 'radius.notHere',
  'refused-by-policy': 'radius.policy',
  'wrong-passcode': 'radius.passcode',
  'passcodes-locked': 'radius.locked',
  'push-paused': 'radius.pushPaused',
  'too-many-requests': 'radius.tooMany',
  'no-token': 'radius.noToken',
}

export function rejectFor({ slug, members }: Problem): Answer {
  if (slug === 'refused-by-policy' && members.because === 'number') return reject(t('radius.typePasscode'))
  const said = SAID[slug]
  return reject(said ? t(said as 'radius.notHere') : PROBLEMS[slug].title)
}
