// The wordings of mails: the built-in ones, and what operators have written in their place.
import { Problem } from '../../protocol/problems.ts'
import type { Actor } from '../audit/actor.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { MailTemplatesTable } from '../store/mail-tables.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import {
  builtIn,
  EXAMPLES,
  isTemplateName,
  TEMPLATE_NAMES,
  type TemplateName,
  templateOf,
  type Wording,
} from './catalogue.ts'
import { blocksOf, textOf } from './compose.ts'

type Needs = { store: Store; clock: Clock }

export type Template = Wording & {
  name: TemplateName
  /** 0: never changed */
  version: number
  isBuiltIn: boolean
  changedAt: number | null
}

export async function wordingOf(db: Db, name: TemplateName): Promise<Wording> {
  const { subject, body } = await templateNamed(db, name)
  return { subject, body }
}

export async function templateNamed(db: Db, name: TemplateName): Promise<Template> {
  const row = await db.selectFrom('mail_templates').selectAll().where('name', '=', name).executeTakeFirst()
  return shaped(name, row)
}

export async function allTemplates({ store }: Pick<Needs, 'store'>): Promise<Template[]> {
  const rows = await store.read.selectFrom('mail_templates').selectAll().execute()
  return TEMPLATE_NAMES.map((name) =>
    shaped(
      name,
      rows.find((row) => row.name === name),
    ),
  )
}

function shaped(name: TemplateName, row: MailTemplatesTable | undefined): Template {
  const { version = 0, subject = null, body = null, changed_at = null } = row ?? {}
  const isBuiltIn = subject === null || body === null
  const wording = isBuiltIn ? builtIn(name) : { subject, body }
  return { name, ...wording, version, isBuiltIn, changedAt: isBuiltIn ? null : changed_at }
}

/** @throws {Problem} unknown-mail-template */
export function knownName(name: string): TemplateName {
  if (!isTemplateName(name)) throw new Problem('unknown-mail-template')
  return name
}

/** As it would arrive, with examples filled in. @throws {Problem} invalid */
export function preview(name: TemplateName, wording: Wording, organisation: string) {
  refuseFaulty(name, wording)
  const values = { ...EXAMPLES, organisation }
  return { ...textOf(wording, values), blocks: blocksOf(wording.body, values) }
}

/** @throws {Problem} invalid, with what is wrong of each part */
export function refuseFaulty(name: TemplateName, { subject, body }: Wording): void {
  const errors: Record<string, string> = {}
  for (const [pointer, text] of [['/subject', subject] as const, ['/body', body] as const]) {
    const unknown = [...text.matchAll(/\{([^{}]*)\}/g)]
      .map(([, inside = '']) => inside)
      .find((inside) => !isKnown(name, inside))
    if (unknown !== undefined) errors[pointer] = `has {${unknown}}, which this mail can’t fill in`
  }
  const missing = templateOf(name).required.find((placeholder) => !body.includes(`{${placeholder}}`))
  if (missing !== undefined) errors['/body'] ??= `must have {${missing}}`
  // Subjects are read by whoever sees a locked screen, and kept in many logs.
  if (/\{(link|code)\}/.test(subject)) errors['/subject'] ??= 'must not have the link or the code'
  if (Object.keys(errors).length > 0) throw new Problem('invalid', { members: { errors } })
}

function isKnown(name: TemplateName, placeholder: string): boolean {
  return templateOf(name).placeholders.includes(placeholder)
}

/** @param wording null puts the built-in one back @throws {Problem} invalid, changed-meanwhile */
export async function changeTemplate(
  { store, clock }: Needs,
  { name, version, wording }: { name: TemplateName; version: number; wording: Wording | null },
  by: Actor,
): Promise<Template> {
  if (wording) refuseFaulty(name, wording)
  const row: MailTemplatesTable = {
    name,
    version: version + 1,
    subject: wording?.subject ?? null,
    body: wording?.body ?? null,
    changed_at: clock.now(),
  }
  await store.write(async (tx) => {
    if (!(await put(tx, row))) throw new Problem('changed-meanwhile')
    await record(tx, {
      at: row.changed_at,
      kind: 'mail-template-changed',
      by,
      detail: { template: name, version: row.version, ...(wording ?? { builtIn: true }) },
    })
  })
  return shaped(name, row)
}

async function put(tx: Db, row: MailTemplatesTable): Promise<boolean> {
  const { name, version } = row
  if (version === 1) {
    const added = await tx
      .insertInto('mail_templates')
      .values(row)
      .onConflict((c) => c.column('name').doNothing())
      .executeTakeFirstOrThrow()
    return added.numInsertedOrUpdatedRows === 1n
  }
  const changed = await tx
    .updateTable('mail_templates')
    .set(row)
    .where('name', '=', name)
    .where('version', '=', version - 1)
    .executeTakeFirstOrThrow()
  return changed.numUpdatedRows === 1n
}
