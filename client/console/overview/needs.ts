// What needs an operator, worst first, and the one sentence that everything begins with.
import { isFailing, type Overview } from '../../../protocol/operator-api/overview.ts'
import { type SignView, STOPPED_MS } from '../../../protocol/operator-api/signs.ts'
import { parts, t } from '../../../words/console.ts'
import type { Part } from '../../../words/translate.ts'
import { localTime, timeFrom } from '../../ui/local-time.ts'

export type Need = {
  id: string
  /** who or what */
  says: readonly Part[]
  /** in the verdict */
  short: string
  since: string | undefined
  /** what somebody can take and close */
  sign?: SignView
  /** whether it goes on, where that can be told */
  goesOn?: boolean
  to: { name: string; params?: { id: string }; query?: Record<string, string> }
  button: string
  /** where several buttons would be called alike */
  label: string | undefined
}

const WAITS_SECONDS = 60
const RENEW_WITHIN_DAYS = 14

/** @param me the operator who looks: their own passkeys are theirs to remove */
export function needsOf(data: Overview, me: string | null = null): Need[] {
  return [
    ...copies(data, me),
    ...data.approvedAfterDenial.signs.map(afterDenial(data)),
    ...reports(data),
    ...data.denying.signs.map(denying(data)),
    ...push(data),
    ...data.webhooks.map(webhook),
    ...syslog(data),
    ...mail(data),
    ...unusual(data),
    ...certificate(data),
    ...data.unconfirmed.people.map(unconfirmed(data)),
  ]
}

const person = (id: string, username: string) => ({
  to: { name: 'person', params: { id } },
  button: t('overview.see.person'),
  label: t('overview.see.personLabel', { name: username }),
})
const live = (delivery?: string) => ({
  to: { name: 'live', ...(delivery && { query: { delivery } }) },
  button: t('overview.see.live'),
  label: undefined,
})

/** An operator's own lead to their passkeys; all others are one line. */
function copies({ copiedPasskeys }: Overview, me: string | null): Need[] {
  const own = copiedPasskeys.filter(({ id }) => id === me).map(copied(me))
  const [first, ...more] = copiedPasskeys.filter(({ id }) => id !== me).map(copied(me))
  if (!first) return own
  const says = parts('overview.need.copies', { count: more.length + 1 })
  return [...own, more.length === 0 ? first : { ...first, id: 'copies', says }]
}

/** Whoever has the other copy may sign in as this operator. */
const copied =
  (me: string | null) =>
  ({ id, name, passkey, at }: Overview['copiedPasskeys'][number]): Need => ({
    id: `copied ${id} ${at} ${passkey}`,
    says: parts('overview.need.copied', { name, passkey }),
    short: t('overview.need.copiedShort'),
    since: at,
    to: { name: id === me ? 'passkeys' : 'operators' },
    button: t(id === me ? 'overview.see.passkeys' : 'overview.see.operators'),
    label: undefined,
  })

function afterDenial({ approvedAfterDenial: { count } }: Overview) {
  const short = t('overview.need.afterDenialShort', { count })
  return (sign: SignView): Need => ({
    id: sign.id,
    says: parts('overview.need.afterDenial', { name: sign.user.username }),
    short,
    since: sign.at,
    sign,
    ...person(sign.user.id, sign.user.username),
  })
}

function denying({ denying: { count }, at: now }: Overview) {
  const short = t('overview.need.denyingShort', { count })
  return (sign: SignView): Need => ({
    id: sign.id,
    says: parts('overview.need.denying', { name: sign.user.username, count: sign.denials }),
    short,
    since: sign.since,
    sign,
    goesOn: Date.parse(now) - Date.parse(sign.at) < STOPPED_MS,
    ...person(sign.user.id, sign.user.username),
  })
}

function reports({ reports: { open, oldest } }: Overview): Need[] {
  if (open === 0) return []
  const to = { name: 'reports' }
  const says = parts('overview.need.reports', { count: open })
  const short = t('overview.need.reportsShort', { count: open })
  return [
    { id: 'reports', says, short, since: oldest ?? undefined, to, button: t('overview.see.reports'), label: undefined },
  ]
}

function push({ push: services, oldestPush, at }: Overview): Need[] {
  const needs = services.filter(isFailing).map(({ service, delivered, failed, failingSince }): Need => {
    const host = new URL(service).host
    const says = parts('overview.need.push', { service: host, failed, all: delivered + failed })
    return {
      id: `push ${host}`,
      says,
      short: t('overview.need.pushShort', { service: host }),
      since: failingSince ?? undefined,
      ...live('failed'),
    }
  })
  if (oldestPush !== null && oldestPush > WAITS_SECONDS) {
    const says = parts('overview.need.oldest', { count: oldestPush })
    const since = new Date(Date.parse(at) - oldestPush * 1000).toISOString()
    needs.push({ id: 'oldest', says, short: t('overview.need.oldestShort'), since, ...live('queued') })
  }
  return needs
}

const webhook = ({ id, name, since, waiting }: Overview['webhooks'][number]): Need => ({
  id: `webhook ${id}`,
  says: parts('overview.need.webhook', { name, count: waiting }),
  short: t('overview.need.webhookShort', { name }),
  since: since ?? undefined,
  to: { name: 'webhook', params: { id } },
  button: t('overview.see.webhook'),
  label: t('overview.see.webhookLabel', { name }),
})

/** What nobody keeps elsewhere until it works again; in the end it is let go of. */
function syslog({ syslog: failing }: Overview): Need[] {
  if (!failing) return []
  const { receiver, since, waiting, missed } = failing
  const phrase = missed === 0 ? 'overview.need.syslog' : 'overview.need.syslogMissed'
  const says = parts(phrase, { receiver, count: waiting, missed: String(missed) })
  const [short, button] = [t('overview.need.syslogShort'), t('overview.see.mail')]
  return [{ id: 'syslog', says, short, since, to: { name: 'settings' }, button, label: undefined }]
}

/** What was tried and still waits: the mail server takes nothing. */
function mail({ mail: { tried, oldestWaiting } }: Overview): Need[] {
  if (tried === 0) return []
  const says = parts('overview.need.mail', { count: tried })
  const to = { name: 'settings' }
  const [short, button] = [t('overview.need.mailShort'), t('overview.see.mail')]
  return [{ id: 'mail', says, short, since: oldestWaiting ?? undefined, to, button, label: undefined }]
}

function unusual({ perMinute, usualPerMinute, unusualSince }: Overview): Need[] {
  if (usualPerMinute === null || unusualSince === null) return []
  const rounded = (rate: number) => String(Math.round(rate * 10) / 10)
  const says = parts('overview.need.unusual', { now: rounded(perMinute), usual: rounded(usualPerMinute) })
  return [{ id: 'unusual', says, short: t('overview.need.unusualShort'), since: unusualSince, ...live() }]
}

function certificate({ certificateDays: days }: Overview): Need[] {
  if (days === null || days >= RENEW_WITHIN_DAYS) return []
  const says = parts('overview.need.certificate', { count: Math.max(0, days) })
  const to = { name: 'settings' }
  const [short, button] = [t('overview.need.certificateShort'), t('overview.see.mail')]
  return [{ id: 'certificate', says, short, since: undefined, to, button, label: undefined }]
}

function unconfirmed({ unconfirmed: { count } }: Overview) {
  const short = t('overview.need.unconfirmedShort', { count })
  return ({ id, username, since }: Overview['unconfirmed']['people'][number]): Need => ({
    id: `unconfirmed ${id} ${since}`,
    says: parts('overview.need.unconfirmed', { name: username }),
    short,
    since,
    ...person(id, username),
  })
}

/** Whether it goes on, and who deals with it. */
export function standingOf({ sign, goesOn }: Need): (readonly Part[])[] {
  if (!sign) return []
  const last = localTime(sign.at)
  const goes = goesOn ? parts('overview.need.goesOn', { time: last }) : parts('overview.need.stopped', { time: last })
  const taken =
    sign.takenBy && parts('overview.need.takenBy', { name: sign.takenBy, time: localTime(sign.takenAt ?? '') })
  return [...(goesOn === undefined ? [] : [goes]), ...(taken ? [taken] : [])]
}

/** One sentence. */
export function verdictOf(data: Overview, needs: readonly Need[]): string {
  const time = timeFrom(new Date(data.at), data.since)
  const shorts = [...new Set(needs.map(({ short }) => short))]
  if (shorts.length > 0) return t('overview.verdict.needs', { what: shorts.join(', ') })
  const { approved, median } = data.now
  if (approved === 0) return t('overview.verdict.quiet', { time })
  const signIns = t('overview.signIns', { count: approved })
  if (median === null) return t('overview.verdict.well', { signIns, time })
  return t('overview.verdict.wellFast', { signIns, time, seconds: median })
}
