// Mails to be delivered, and the templates that operators have changed.
import type { UserId } from '../../protocol/ids.ts'

export type MailsTable = {
  id: string
  template: string
  recipient: string
  user_id: UserId | null
  /** the enrolment whose link it carries: mail for one that has ended is never sent */
  about: string | null
  /** sealed JSON of what is filled in; null once nobody needs it any more: it carries codes */
  sealed_values: string | null
  state: 'waiting' | 'sent' | 'failed' | 'cancelled'
  attempts: number
  due_at: number
  /** a process that claimed it and fell silent loses it then */
  claimed_until: number
  /** when it was last handed to the mail server */
  tried_at: number | null
  created_at: number
  /** given up at */
  expires_at: number
  finished_at: number | null
  /** what the mail server said last */
  error: string | null
}

/** A row stays when its template is put back, so that versions only rise; subject and body are null then. */
export type MailTemplatesTable = {
  name: string
  version: number
  subject: string | null
  body: string | null
  changed_at: number
}

export type MailSchema = { mails: MailsTable; mail_templates: MailTemplatesTable }
