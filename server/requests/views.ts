// The same request as the application and as a device may see it.
import type { LoginRequestView } from '../../protocol/application-answers.ts'
import type { DeviceRequest, HistoryEntry } from '../../protocol/device-api.ts'
import type { DeviceId } from '../../protocol/ids.ts'
import { timeOrNull, timestamp } from '../../protocol/login-request.ts'
import type { Target } from '../store/schema.ts'
import { targetOn } from './rows.ts'
import type { RequestRow } from './state.ts'

export function applicationView(row: RequestRow): LoginRequestView {
  return {
    id: row.id,
    state: row.state,
    reason: row.reason,
    version: row.version,
    delivery: row.delivery,
    createdAt: timestamp(row.created_at),
    expiresAt: timestamp(row.expires_at),
    settledAt: timeOrNull(row.settled_at),
    redeemedAt: timeOrNull(row.redeemed_at),
  }
}

export function deviceView(row: RequestRow, target: Target): DeviceRequest {
  return {
    id: row.id,
    purpose: row.purpose,
    nonce: row.nonce,
    token: target.token,
    username: row.username,
    createdAt: timestamp(row.created_at),
    expiresAt: timestamp(row.expires_at),
    application: { id: row.application_id, name: row.application_name },
    context: JSON.parse(row.context) as Record<string, unknown>,
    number: row.number_digits === null ? null : { digits: row.number_digits },
    unlock: target.unlock,
    approval: target.approval,
  }
}

export function historyView(row: RequestRow, device: DeviceId): HistoryEntry | undefined {
  const target = targetOn(row, device)
  if (!target || row.settled_at === null) return undefined
  return {
    ...deviceView(row, target),
    state: row.state,
    reason: row.reason,
    settledAt: timestamp(row.settled_at),
    redeemedAt: timeOrNull(row.redeemed_at),
    decidedHere: row.decided_by_device === device,
  }
}
