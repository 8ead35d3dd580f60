// What can be counted stands at 0 before it first happens: of a series that begins at six, Prometheus sees no increase,
// and the first attack after a start would set off no alert.
import type { Counter, Histogram } from 'prom-client'
import { denialReason, purpose } from '../../protocol/login-request.ts'
import { RADIUS_FAULTS } from '../../protocol/operator-api/radius-clients.ts'
import { ENTRIES, SECURITY_EVENTS } from '../audit/record.ts'

const RADSEC = ['made', 'full', 'stranger', 'flood', 'handshake', 'silent', 'failed']

type Counted = {
  asked: Counter<'purpose'>
  settled: Counter<'state' | 'reason'>
  happened: Counter<'kind'>
  radius: Counter<'outcome'>
  radsec: Counter<'outcome'>
  directory: Histogram<'asked' | 'outcome'>
}

export function beginAtZero({ asked, settled, happened, radius, radsec, directory }: Counted): void {
  for (const known of purpose.options) asked.inc({ purpose: known }, 0)
  for (const reason of denialReason.options) settled.inc({ state: 'denied', reason }, 0)
  for (const state of ['approved', 'expired', 'cancelled']) settled.inc({ state, reason: 'none' }, 0)
  for (const kind of [...SECURITY_EVENTS, ...ENTRIES]) happened.inc({ kind }, 0)
  for (const outcome of ['stranger', ...RADIUS_FAULTS]) radius.inc({ outcome }, 0)
  for (const outcome of RADSEC) radsec.inc({ outcome }, 0)
  for (const outcome of ['answered', 'unreachable'])
    for (const question of ['search', 'bind']) directory.zero({ asked: question, outcome })
}
