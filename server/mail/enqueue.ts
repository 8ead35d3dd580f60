// A mail is a row, written by the transaction that makes true what it tells; it leaves after the commit.
import { newId, type RandomBytes, type UserId } from '../../protocol/ids.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'
import type { TemplateName, ValuesOf } from './catalogue.ts'
import { insertMail, valuesCell } from './outbox.ts'

/** `isOn`: a mail server is known */
export type MailNeeds = { clock: Clock; random: RandomBytes; sealer: Sealer; mail: { readonly isOn: boolean } }

export type NewMail<Name extends TemplateName> = {
  to: string
  template: Name
  values: ValuesOf<Name>
  user?: UserId
  /** the enrolment whose link it carries */
  about?: string
  /** when it is no use any more; three days where not given */
  until?: number
}

/** Given up after so long: what it tells is no news by then. */
const MAIL_LIVES_MS = 3 * 24 * 60 * 60 * 1000

export function mailIsOn({ mail }: Pick<MailNeeds, 'mail'>): boolean {
  return mail.isOn
}

/** Does nothing where there is no mail server. @returns the mail's id */
export async function enqueueMail<Name extends TemplateName>(
  tx: Db,
  { clock, random, sealer, mail }: MailNeeds,
  { to, template, values, user, about, until }: NewMail<Name>,
): Promise<string | undefined> {
  if (!mail.isOn) return undefined
  const id = newId('mail', random)
  const now = clock.now()
  await insertMail(tx, {
    id,
    template,
    recipient: to,
    user_id: user ?? null,
    about: about ?? null,
    sealed_values: sealer.seal(JSON.stringify(values), valuesCell(id)),
    state: 'waiting',
    attempts: 0,
    due_at: now,
    claimed_until: 0,
    tried_at: null,
    created_at: now,
    expires_at: until ?? now + MAIL_LIVES_MS,
    finished_at: null,
    error: null,
  })
  return id
}
