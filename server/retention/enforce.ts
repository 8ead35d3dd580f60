// Lets go of what has been kept for long enough, in steps so small that nobody who signs in waits for them.
import type { RetentionTimes } from '../../protocol/operator-api/retention.ts'
import { cutAudit, eraseDetail } from './audit-log.ts'
import { forgetDeliveries, forgetReports, forgetRequests } from './forget.ts'
import { type RetentionNeeds, STEP } from './needs.ts'
import { retention } from './times.ts'

const DAY = 24 * 3_600_000
/** In one turn: ten thousand a minute are more than a busy installation makes. */
const MOST_STEPS = 50

/** @param days how long what it looks at is kept @returns how many rows it let go of */
type Step = (needs: RetentionNeeds, before: number, days: number) => Promise<number>

const STEPS: Record<keyof RetentionTimes, Step> = {
  requests: forgetRequests,
  reports: forgetReports,
  auditDetail: eraseDetail,
  audit: cutAudit,
  deliveries: forgetDeliveries,
}

export async function enforceRetention(needs: RetentionNeeds): Promise<void> {
  const times = await retention(needs.store.read)
  for (const [kind, step] of Object.entries(STEPS)) {
    const days = times[kind as keyof typeof STEPS]
    if (days === null) continue
    const before = needs.clock.now() - days * DAY
    for (let steps = 0; steps < MOST_STEPS; steps++) if ((await step(needs, before, days)) < STEP) break
  }
}
