// What runs besides answering calls, each thing as often as it is due.
import { purgeAccountLeftovers } from './account/sessions.ts'
import type { Assembly } from './assemble.ts'
import { keepSealed } from './audit/chain/seal.ts'
import { clockWatch } from './clock-watch.ts'
import { purgeProofs } from './devices/used-proofs.ts'
import { tellNoted } from './directory/address-news.ts'
import { purgeFormerNames } from './directory/former-names.ts'
import { expireEnrolments } from './enrolment/open.ts'
import { purgeSites } from './forward-auth/sessions.ts'
import { purgeHandedOut } from './handed-out/sign-ins.ts'
import { type Chore, keepTidy } from './janitor.ts'
import { takeUpLogLevel } from './logging/level.ts'
import { purgeSignIns } from './login/rows.ts'
import { deliverMails } from './mail/courier.ts'
import { purgeMails } from './mail/outbox.ts'
import { purgeNotices } from './notices/rows.ts'
import { purgeArtifacts } from './oidc/artifact-rows.ts'
import { answerCiba } from './oidc/ciba-due.ts'
import { purgeEntraVisits } from './oidc/entra/visits.ts'
import { deliverOidcNotices } from './oidc/notices.ts'
import { purgeOperatorLeftovers } from './operators/sessions.ts'
import { purgeRemembered } from './policy/remembered.ts'
import { purgeHeard } from './radius/heard.ts'
import { expireOverdue } from './requests/expire.ts'
import { purgeAnswers } from './requests/idempotency.ts'
import { enforceRetention } from './retention/enforce.ts'
import { makeRoomForEntries } from './retention/make-room.ts'
import { sendSyslog } from './syslog/courier.ts'
import { purgeHits } from './throttling/hits.ts'
import { purgePlaces } from './throttling/known-places.ts'
import { purgeSigns } from './watching/sign-inbox.ts'
import { tally } from './watching/tallies.ts'
import { deliverWebhooks } from './webhooks/courier.ts'
import { giveUpOverdue } from './webhooks/rows.ts'

const longestLifetime = ({ policies, limits }: Assembly) => policies.longestLifetime(limits.requestLifetime.seconds)

const SECOND = 1000
const MINUTE = 60 * SECOND
const LONGEST_WINDOW = 24 * 60 * MINUTE
const NOTICES_KEPT = 90 * 24 * 60 * MINUTE
const SIGNS_KEPT = 90 * 24 * 60 * MINUTE

/** Everything that runs besides answering calls, until the assembly stops. */
export async function runInBackground(parts: Assembly): Promise<void> {
  const { store, clock, log, stopping } = parts
  const now = () => clock.now()
  const usual = log.level ?? parts.config.logLevel
  const chores: Chore[] = [
    { name: 'seal the audit log', every: SECOND, run: () => keepSealed(parts, stopping) },
    { name: 'look at the clock', every: 10 * SECOND, run: clockWatch(parts) },
    { name: 'expire requests', every: SECOND, run: () => expireOverdue(parts) },
    { name: 'count pushes', every: 10 * SECOND, run: () => parts.pushCounts.write() },
    {
      name: 'count requests',
      every: 30 * SECOND,
      run: async () => tally(parts, (await longestLifetime(parts)) * SECOND),
    },
    {
      name: 'take up another log level',
      every: 5 * SECOND,
      run: () => takeUpLogLevel(parts, log, usual),
    },
    // Others make new ones at any time, and are heard; when some come of age, only the clock says.
    { name: 'take up signing keys that came of age', every: MINUTE, run: () => parts.refreshKeys() },
    { name: 'forget what Microsoft asked', every: MINUTE, run: () => purgeEntraVisits(store, now()) },
    { name: 'answer what was asked without a browser', every: SECOND, run: () => answerCiba(parts) },
    { name: 'tell whom a file gave another address', every: 5 * SECOND, run: () => tellNoted(parts) },
    { name: 'expire enrolments', every: 10 * SECOND, run: () => expireEnrolments(parts) },
    { name: 'forget used proofs', every: 10 * SECOND, run: () => purgeProofs(store, now()) },
    { name: 'forget counted calls', every: MINUTE, run: () => purgeHits(store, now() - LONGEST_WINDOW) },
    { name: 'forget authorizations', every: MINUTE, run: () => purgeArtifacts(store, now()) },
    { name: 'forget sign-ins of applications', every: MINUTE, run: () => purgeHandedOut(store, now()) },
    { name: 'forget account sessions', every: MINUTE, run: () => purgeAccountLeftovers(store, now()) },
    { name: 'forget sessions of protected sites', every: MINUTE, run: () => purgeSites(store, now()) },
    { name: 'forget sign-ins', every: MINUTE, run: () => purgeSignIns(store, now()) },
    { name: 'forget former user names', every: MINUTE, run: () => purgeFormerNames(store, now()) },
    { name: 'forget where people were known', every: MINUTE, run: () => purgePlaces(store, now()) },
    { name: 'forget requests over RADIUS', every: MINUTE, run: () => purgeHeard(store, now()) },
    { name: 'forget signs of attacks', every: MINUTE, run: () => purgeSigns(store, now() - SIGNS_KEPT) },
    { name: 'forget notices', every: MINUTE, run: () => purgeNotices(store, now() - NOTICES_KEPT) },
    { name: 'forget operators’ sessions', every: MINUTE, run: () => purgeOperatorLeftovers(store, now()) },
    { name: 'forget delivered mails', every: MINUTE, run: () => purgeMails(store, now()) },
    { name: 'give up what waits for webhooks that are off', every: MINUTE, run: () => giveUpOverdue(store, now()) },
    { name: 'let go of what was kept for long enough', every: MINUTE, run: () => enforceRetention(parts) },
    { name: 'make room in the audit log', every: 30 * SECOND, run: () => makeRoomForEntries(parts) },
    { name: 'take away what only older releases need', every: MINUTE, run: () => store.contract() },
    { name: 'forget browsers', every: MINUTE, run: () => purgeRemembered(store, now()) },
    ...directoryChores(parts),
    { name: 'forget idempotent answers', every: MINUTE, run: () => purgeAnswers(store, now()) },
  ]
  await Promise.all([
    keepTidy(parts, chores, stopping),
    sendMails(parts),
    deliverWebhooks(parts, stopping),
    deliverOidcNotices(parts, stopping),
    exportSyslog(parts),
    parts.traces?.run(stopping),
  ])
}

function directoryChores(parts: Assembly): Chore[] {
  const { ldap } = parts
  if (!ldap) return []
  return [{ name: 'look for who left the directory', every: ldap.minutes * MINUTE, run: () => ldap.sync(parts) }]
}

async function exportSyslog(parts: Assembly): Promise<void> {
  const { syslog } = parts.config
  if (syslog) await sendSyslog(parts, syslog, parts.stopping)
}

async function sendMails(parts: Assembly): Promise<void> {
  const { config, mail, stopping } = parts
  const { smtp, mailsPerMinute: perMinute } = config
  if (!smtp) return
  const { smtpSender } = await import('./mail/send.ts')
  await deliverMails({ ...parts, sender: smtpSender(smtp, mail.from), perMinute }, stopping)
}
