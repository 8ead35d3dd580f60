// Somebody is told what happened to their account: a row, a push to each of their devices and a mail to each of their
// addresses, written by the transaction that makes it true. Attack stopped: whoever gets in somewhere and adds a device of their own.
import { newId } from '../../protocol/ids.ts'
import { NOTICE_WINDOW_MS } from '../../protocol/notices.ts'
import { insertPushes } from '../push/outbox.ts'
import type { Db } from '../store/schema.ts'
import type { Announce } from '../store/store.ts'
import { mailNotice } from './mail.ts'
import type { News, TellNeeds } from './news.ts'
import { devicesHolding, insertNotice } from './rows.ts'
import { isOfItself } from './view.ts'

/**
 * Reads who holds a token now: whatever else the transaction writes about devices comes before.
 * @param needs.announce of the same transaction
 */
export async function tell(tx: Db, needs: TellNeeds & { announce: Announce }, news: News): Promise<void> {
  const { clock, random, announce } = needs
  const { user, kind, device, token, detail = {}, except, taken } = news
  const now = clock.now()
  const about = { kind, device_id: device?.id ?? null }
  const told = (await devicesHolding(tx, user))
    .filter((holder) => holder.device !== except && (holder.active || isOfItself(about, holder.device)))
    .map((holder) => holder.device)
  if (taken !== undefined) told.push(taken)
  const id = newId('ntc', random)
  await insertNotice(tx, {
    id,
    user_id: user,
    ...about,
    at: now,
    token_id: token ?? null,
    detail: JSON.stringify({ ...detail, ...(device && { name: device.name }) }),
    told: JSON.stringify(told),
    reported_at: null,
  })
  const pushes = told.map((to) => ({
    kind: 'notice' as const,
    device_id: to,
    request_id: null,
    notice_id: id,
    expires_at: now + NOTICE_WINDOW_MS,
  }))
  await insertPushes(tx, pushes, { now, random, claimed: false })
  if (pushes.length > 0) announce('outbox')
  if (needs.mail.isOn) await mailNotice(tx, needs, news)
}
