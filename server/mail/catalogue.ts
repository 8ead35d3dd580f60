// Every mail there is, by the name of its template: what may be filled in, and what it makes no sense without.
import { mailExamples, mailWords } from '../../words/mail.ts'

const COMMON = ['organisation', 'name', 'username'] as const
const EVENT = [...COMMON, 'time', 'link'] as const

type Template = {
  placeholders: readonly string[]
  /** without which the mail would be of no use */
  required: readonly string[]
}

/** `organisation` is filled in by itself; callers give the rest. */
export const TEMPLATES = {
  activation: { placeholders: [...COMMON, 'link', 'code', 'until'], required: ['link'] },
  'device-added': { placeholders: [...EVENT, 'device'], required: ['device'] },
  'device-removed': { placeholders: [...EVENT, 'device'], required: ['device'] },
  'password-changed': { placeholders: EVENT, required: [] },
  'recovery-codes-made': { placeholders: EVENT, required: [] },
  'recovery-code-used': { placeholders: EVENT, required: [] },
  'help-desk-acted': { placeholders: [...EVENT, 'what'], required: ['what'] },
  'account-changed': { placeholders: [...EVENT, 'what'], required: ['what'] },
  'report-received': { placeholders: EVENT, required: [] },
  'address-code': { placeholders: [...COMMON, 'code', 'until'], required: ['code'] },
  test: { placeholders: ['organisation', 'operator'], required: [] },
} as const satisfies Record<keyof typeof mailWords, Template>

type Placeholder = (typeof TEMPLATES)[keyof typeof TEMPLATES]['placeholders'][number]

/** For previews; the organisation’s name is known. */
export const EXAMPLES: Readonly<Record<Exclude<Placeholder, 'organisation'>, string>> = mailExamples

export type TemplateName = keyof typeof TEMPLATES
export type Wording = { subject: string; body: string }

export type ValuesOf<Name extends TemplateName> = Readonly<
  Record<Exclude<(typeof TEMPLATES)[Name]['placeholders'][number], 'organisation'>, string>
>

export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as [TemplateName, ...TemplateName[]]

export function isTemplateName(name: string): name is TemplateName {
  return Object.hasOwn(TEMPLATES, name)
}

export function templateOf(name: TemplateName): Template {
  return TEMPLATES[name]
}

export function builtIn(name: TemplateName): Wording {
  const { subject, body } = mailWords[name]
  return { subject, body }
}

/** When it is sent. */
export function aboutOf(name: TemplateName): string {
  return mailWords[name].about
}
