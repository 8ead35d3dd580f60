// /admin/v1/mails: what waits to be sent and what came of it, and the wordings.
import * as z from 'zod/mini'
import { userId } from '../ids.ts'
import { timestampSchema } from '../login-request.ts'
import { isPlainLines, plainText } from '../text.ts'
import { cursor } from './cursor.ts'

const state = z.enum(['waiting', 'sent', 'failed', 'cancelled'], 'must be waiting, sent, failed or cancelled')

export const listMailsCall = z.object({
  state: z.optional(state),
  user: z.optional(userId),
  cursor,
})

const mailEntry = z.object({
  id: z.string(),
  template: z.string(),
  to: z.string(),
  user: z.nullable(userId),
  /** failed: given up; cancelled: the link in it was withdrawn before it left */
  state,
  attempts: z.int(),
  createdAt: timestampSchema,
  /** when it is tried (again); null once that is over */
  dueAt: z.nullable(timestampSchema),
  finishedAt: z.nullable(timestampSchema),
  /** what the mail server said last */
  error: z.nullable(z.string()),
})
export type MailEntry = z.infer<typeof mailEntry>

export const mailList = z.object({
  /** where mail is handed over and whom it is from; null: mail is not set up */
  server: z.nullable(z.object({ host: z.string(), from: z.string() })),
  waiting: z.int(),
  /** of those, how many were tried in vain */
  tried: z.int(),
  oldestWaiting: z.nullable(timestampSchema),
  /** newest first */
  mails: z.array(mailEntry),
  next: z.nullable(z.string()),
})
export type MailList = z.infer<typeof mailList>

export const retriedMails = z.object({ count: z.int() })
export type RetriedMails = z.infer<typeof retriedMails>
export const testMailCall = z.object({ to: z.string() })
export const testMailSent = z.object({ id: z.string() })

const name = plainText(1, 64)
export const templatePath = z.object({ name })

const LONGEST_BODY = 5000
/** Lines, and nothing that could disturb them. */
const body = z.string().check(
  z.refine((text) => text.trim().length >= 1, 'must not be empty'),
  z.refine((text) => text.length <= LONGEST_BODY, `must have at most ${LONGEST_BODY} characters`),
  z.refine(isPlainLines, 'must be well-formed text without control or bidirectional formatting characters'),
)
const wording = { subject: plainText(1, 150), body }

export const changeTemplateCall = z.object({ name, ...wording, version: z.int() })
export const resetTemplateCall = z.object({ name, version: z.int() })
export const previewTemplateCall = z.object({ name, ...wording })

export const templateView = z.object({
  name: z.string(),
  /** when it is sent */
  about: z.string(),
  subject: z.string(),
  body: z.string(),
  placeholders: z.array(z.string()),
  /** without which it is refused */
  required: z.array(z.string()),
  isBuiltIn: z.boolean(),
  changedAt: z.nullable(timestampSchema),
  version: z.int(),
})
export type TemplateView = z.infer<typeof templateView>

export const templateList = z.object({ templates: z.array(templateView) })
export type TemplateList = z.infer<typeof templateList>

/** As it would arrive, with examples filled in. */
export const previewedMail = z.object({
  subject: z.string(),
  /** the plain text alternative */
  text: z.string(),
  /** what the HTML is made of: a button, or a paragraph of runs */
  blocks: z.array(
    z.object({
      link: z.nullable(z.string()),
      runs: z.array(z.object({ text: z.string(), filled: z.boolean() })),
    }),
  ),
})
export type PreviewedMail = z.infer<typeof previewedMail>
