// One push on its way: composed from what is true now, sealed for its device, sent, and judged.
import { createHash } from 'node:crypto'
import type { RandomBytes } from '../../protocol/ids.ts'
import type { PushDocument } from '../../protocol/push-message.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import type { SubscriptionsTable } from '../store/schema.ts'
import type { PushAnswer } from './answer.ts'
import { backoff } from './backoff.ts'
import type { PushJob } from './outbox.ts'
import type { Seal } from './seal.ts'
import type { PushSender } from './send.ts'
import type { Vapid } from './vapid.ts'

/** What a device is to be shown now; undefined when nobody wants this push any more. */
export type Compose = (job: PushJob) => Promise<PushDocument | undefined>

export type Outcome =
  | { kind: 'sent' }
  /** for good; `ended` is an endpoint that will never work again */
  | { kind: 'failed'; ended?: string }
  | { kind: 'unwanted' }
  | { kind: 'again'; at: number }

export type Deliver = (job: PushJob, subscription: SubscriptionsTable | undefined) => Promise<Outcome>

/** What replaces something in the tray must live long enough to reach a phone that sleeps. */
const SHORTEST_SETTLED_TTL = 60

export function deliverer(needs: {
  clock: Clock
  random: RandomBytes
  vapid: Vapid
  seal: Seal
  sender: PushSender
  compose: Compose
  log: Logger
}): Deliver {
  const { clock, random, vapid, seal, sender, compose, log } = needs

  async function deliver(job: PushJob, subscription: SubscriptionsTable | undefined): Promise<Outcome> {
    if (!subscription || clock.now() >= job.expires_at) return { kind: 'failed' }
    const { endpoint } = subscription
    if (job.kind === 'settled' && isApples(endpoint)) return { kind: 'unwanted' }
    const authorization = await vapid.authorization(subscription.vapid_key, new URL(endpoint).origin)
    if (authorization === undefined) return { kind: 'failed', ended: endpoint }
    const document = await compose(job)
    if (!document) return { kind: 'unwanted' }
    const answer = await sender.send({
      endpoint,
      body: await seal(document, subscription),
      authorization,
      ttl: timeToLive(job, clock.now()),
      topic: topicFor(job),
      keyIsCurrent: subscription.vapid_key === vapid.publicKey,
    })
    tell(job, endpoint, answer)
    return judge(job, endpoint, answer)
  }

  function judge(job: PushJob, endpoint: string, answer: PushAnswer): Outcome {
    if (answer.kind === 'accepted') return { kind: 'sent' }
    if (answer.kind === 'gone' || answer.kind === 'stale-key') return { kind: 'failed', ended: endpoint }
    if (answer.kind === 'refused') return { kind: 'failed' }
    return again(job, answer.notBefore)
  }

  /** Fails at once where the next try would come too late: the page that waits can say so. */
  function again(job: PushJob, notBefore = 0): Outcome {
    const at = Math.max(clock.now() + backoff(job.attempts, random), notBefore)
    return at < job.expires_at ? { kind: 'again', at } : { kind: 'failed' }
  }

  /** Endpoints are capabilities: only their origin is written, and never a key or a text. */
  function tell(job: PushJob, endpoint: string, { kind, status, ...rest }: PushAnswer): void {
    const about = { push: job.id, kind: job.kind, service: new URL(endpoint).origin, answer: kind, status, ...rest }
    if (kind === 'accepted') log.debug(about, 'push accepted')
    else log.warn(about, 'push not accepted')
  }

  return async (job, subscription) => {
    try {
      return await deliver(job, subscription)
    } catch (error) {
      // A store that is out for a moment, or a defect: tried again while the push lives, and never in silence.
      log.error({ push: job.id, kind: job.kind, err: error }, 'push could not be made')
      return again(job)
    }
  }
}

function topicFor({ request_id, notice_id }: PushJob): string | undefined {
  const about = request_id ?? notice_id
  return about ? topicOf(about) : undefined
}

/** A later push with the same topic takes the place of one that still waits (RFC 8030 §5.4). */
export function topicOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 32)
}

function timeToLive(job: PushJob, now: number): number {
  const left = Math.max(0, Math.floor((job.expires_at - now) / 1000))
  return job.kind === 'settled' ? Math.max(SHORTEST_SETTLED_TTL, left) : left
}

/** There a notification does not take the place of another with its tag: a second one would only disturb. */
function isApples(endpoint: string): boolean {
  return new URL(endpoint).hostname.endsWith('.push.apple.com')
}
