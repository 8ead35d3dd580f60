// Delivers the mails that are due, at the pace the mail server bears, and tries again what could not be delivered.
import type { RandomBytes } from '../../protocol/ids.ts'
import type { Clock } from '../clock.ts'
import { whileDue } from '../due.ts'
import type { Logger } from '../log.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { isTemplateName } from './catalogue.ts'
import { type ComposedMail, composeMail } from './compose.ts'
import {
  claimMails,
  finishMail,
  type MailRow,
  postponeMail,
  releaseLeftBehind,
  releaseMail,
  valuesCell,
} from './outbox.ts'
import type { MailSender, Sent } from './send.ts'
import { wordingOf } from './templates.ts'

export type MailCourierNeeds = {
  store: Store
  clock: Clock
  random: RandomBytes
  sealer: Sealer
  log: Logger
  sender: MailSender
  organisation: { name: string }
  perMinute: number
}

const LOOK_EVERY_MS = 1000
const MOST_AT_ONCE = 20
const FIRST_RETRY_MS = 30_000
const LONGEST_RETRY_MS = 30 * 60_000

/** Runs until the signal; what is on the wire is finished first. */
export async function deliverMails(needs: MailCourierNeeds, signal: AbortSignal): Promise<void> {
  await releaseLeftBehind(needs.store)
  const unread = 'the mails to be delivered could not be read; they are taken up again'
  await whileDue(needs, { deliver: () => deliverDue(needs, signal), every: LOOK_EVERY_MS, unread }, signal)
  needs.sender.close()
}

/** @returns how many were tried */
export async function deliverDue(needs: MailCourierNeeds, signal?: AbortSignal): Promise<number> {
  const { store, clock, perMinute } = needs
  const mails = await claimMails(store, { now: clock.now(), most: MOST_AT_ONCE, perMinute })
  await Promise.all(mails.map((mail) => (signal?.aborted ? giveBack(needs, mail) : deliver(needs, mail))))
  return mails.length
}

async function giveBack({ store }: MailCourierNeeds, mail: MailRow): Promise<void> {
  await store.write((tx) => releaseMail(tx, mail))
}

async function deliver(needs: MailCourierNeeds, mail: MailRow): Promise<void> {
  const { store, clock, log } = needs
  const { id, template } = mail
  const sent = mail.expires_at <= clock.now() ? tooLate(mail) : await attempt(needs, mail)
  const at = clock.now()
  await store.write(async (tx) => {
    if (sent.kind === 'sent') await finishMail(tx, mail, { state: 'sent', at, error: null })
    else if (sent.kind === 'refused') await finishMail(tx, mail, { state: 'failed', at, error: sent.error })
    else await postponeMail(tx, mail, { dueAt: at + retryAfter(needs, mail.attempts), error: sent.error })
  })
  if (sent.kind === 'sent') log.info({ mail: id, template }, 'a mail was delivered')
  else log.warn({ mail: id, template, said: sent.error }, `a mail ${sent.kind === 'again' ? 'waits' : 'was given up'}`)
}

const tooLate = ({ error }: MailRow): Sent => ({ kind: 'refused', error: error ?? 'The mail server was not reached.' })

async function attempt(needs: MailCourierNeeds, mail: MailRow): Promise<Sent> {
  let written: ComposedMail
  try {
    written = await composed(needs, mail)
  } catch (err) {
    // A defect, or a master key that is another now: it would be the same at every later time.
    needs.log.error({ err, mail: mail.id }, 'a mail can’t be written')
    return { kind: 'refused', error: 'The mail could not be written. The server’s log says why.' }
  }
  return needs.sender.send(mail.recipient, { id: mail.id, ...written })
}

/** From the wording as it is now: a template that was mended mends what still waits. */
async function composed({ store, sealer, organisation }: MailCourierNeeds, mail: MailRow) {
  const { id, template, sealed_values } = mail
  if (!isTemplateName(template) || sealed_values === null) throw new Error(`mail ${id} has nothing to say`)
  const values = JSON.parse(sealer.openText(sealed_values, valuesCell(id))) as Record<string, string>
  const wording = await wordingOf(store.read, template)
  return composeMail(wording, { ...values, organisation: organisation.name })
}

/** Each time later, and never all at the same moment. */
function retryAfter({ random }: MailCourierNeeds, attempts: number): number {
  const step = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts, 16), LONGEST_RETRY_MS)
  const [a = 0] = random(1)
  return Math.round(step * (0.75 + a / 1024))
}
