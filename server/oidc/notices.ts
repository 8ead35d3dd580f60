// What applications are to be told by this server itself: that a sign-in is over, and that what they asked is answered.
// An application that is down is tried again at growing intervals.
import type { Provider } from 'oidc-provider'
import { oidcClientOf } from '../applications/oidc-client.ts'
import { applicationByClientId } from '../applications/rows.ts'
import type { Clock } from '../clock.ts'
import { nextStep, whileDue } from '../due.ts'
import type { Logger } from '../log.ts'
import type { OidcNoticesTable } from '../store/oidc-tables.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { isAccepted, type WebhookSender } from '../webhooks/send.ts'

export type OidcNoticeNeeds = {
  store: Store
  clock: Clock
  sealer: Sealer
  provider: () => Promise<Provider>
  sendWebhook: WebhookSender
  log: Logger
}
type Notice = OidcNoticesTable
type Client = NonNullable<Awaited<ReturnType<Provider['Client']['find']>>>

const LOOK_EVERY_MS = 900
const MOST_AT_ONCE = 20
/** How long a process that fell silent keeps its notices from the others; longer than an application may take. */
const CLAIM_MS = 60_000

/** Runs until the signal; what is on the wire is finished first. */
export async function deliverOidcNotices(needs: OidcNoticeNeeds, signal: AbortSignal): Promise<void> {
  const unread = 'what applications are to be told could not be read; it is taken up again'
  await whileDue(needs, { deliver: () => deliverDue(needs), every: LOOK_EVERY_MS, unread }, signal)
}

/** @returns how many were tried */
async function deliverDue(needs: OidcNoticeNeeds): Promise<number> {
  const due = await claimed(needs)
  await Promise.all(due.map((notice) => deliver(needs, notice)))
  return due.length
}

async function claimed({ store, clock }: OidcNoticeNeeds): Promise<Notice[]> {
  const now = clock.now()
  const due = await store.read
    .selectFrom('oidc_notices')
    .select('id')
    .where('due_at', '<=', now)
    .where('claimed_until', '<=', now)
    .orderBy('due_at')
    .limit(MOST_AT_ONCE)
    .execute()
  if (due.length === 0) return []
  return store.write((tx) =>
    tx
      .updateTable('oidc_notices')
      .set({ claimed_until: now + CLAIM_MS })
      .where(
        'id',
        'in',
        due.map(({ id }) => id),
      )
      .where('claimed_until', '<=', now)
      .returningAll()
      .execute(),
  )
}

async function deliver(needs: OidcNoticeNeeds, notice: Notice): Promise<void> {
  const client = await (await needs.provider()).Client.find(notice.application_id)
  // An application that is gone, or wants to hear of it no longer.
  if (!client || !wants(client, notice)) return done(needs, notice)
  try {
    await send(needs, client, notice)
    await done(needs, notice)
  } catch (error) {
    await again(needs, notice, error)
  }
}

const wants = (client: Client, { kind }: Notice) =>
  Boolean(kind === 'logout' ? client.backchannelLogoutUri : client.backchannelClientNotificationEndpoint)

export const noticeCell = (id: string) => ({ table: 'oidc_notices', column: 'subject', id })

/** @throws where it was not taken */
async function send(needs: OidcNoticeNeeds, client: Client, notice: Notice): Promise<void> {
  const { backchannelLogout } = client as unknown as { backchannelLogout(sub: string, sid: string): Promise<void> }
  return notice.kind === 'logout'
    ? backchannelLogout.call(client, notice.user_id, notice.subject)
    : ping(needs, client, notice)
}

/** CIBA Core §10.2 */
async function ping(needs: OidcNoticeNeeds, client: Client, { id, subject }: Notice): Promise<void> {
  const { provider, sealer, store, sendWebhook } = needs
  const { BackchannelAuthenticationRequest } = await provider()
  const asked = await BackchannelAuthenticationRequest.find(sealer.openText(subject, noticeCell(id)))
  const application = await applicationByClientId(store.read, client.clientId)
  const url = application && oidcClientOf(application).cibaNotificationUri
  // Over, or fetched meanwhile.
  if (!asked || asked.consumed || !url) return
  const headers = { authorization: `Bearer ${asked.params?.client_notification_token}` }
  const answer = await sendWebhook(url, headers, JSON.stringify({ auth_req_id: asked.jti }))
  if (!isAccepted(answer)) throw new Error('not taken', { cause: { code: answer.error ?? String(answer.status) } })
}

async function done({ store }: OidcNoticeNeeds, { id }: Notice): Promise<void> {
  await store.write((tx) => tx.deleteFrom('oidc_notices').where('id', '=', id).execute())
}

async function again(needs: OidcNoticeNeeds, notice: Notice, error: unknown): Promise<void> {
  const { store, clock, log } = needs
  const attempts = notice.attempts + 1
  const dueAt = clock.now() + nextStep(attempts)
  const { application_id: application, kind } = notice
  log.warn({ application, kind, fault: faultOf(error) }, 'an application did not take what it was to be told')
  if (dueAt > notice.expires_at) return done(needs, notice)
  await store.write((tx) =>
    tx
      .updateTable('oidc_notices')
      .set({ attempts, due_at: dueAt, claimed_until: 0 })
      .where('id', '=', notice.id)
      .where('claimed_until', '=', notice.claimed_until)
      .execute(),
  )
}

/** Messages of the network can name addresses: what is said is a status, a code or a kind. */
function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { response, cause } = error as { response?: { status?: number }; cause?: { code?: string; name?: string } }
  return String(response?.status ?? cause?.code ?? cause?.name ?? error.name)
}
