// What Prometheus reads of this process. Labels are few and of known sets: no names, no addresses, nothing that whoever
// calls can choose.
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { AuditKind } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { PushSender } from '../push/send.ts'
import type { Store } from '../store/store.ts'
import type { Sightings } from '../watching/sightings.ts'
import { gaugesOf } from './gauges.ts'
import { instruments } from './instruments.ts'
import { methodOf } from './labels.ts'
import { measuredStore } from './measured-store.ts'
import { timedSender } from './timed-push.ts'
import { beginAtZero } from './zeros.ts'

const SECOND = 1000
const CALL_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30, 60]
const HUMAN_SECONDS = [1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 90]
const COMMIT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]

export type Answered = { method: string; route: string; status: number; ms: number }
export type Meters = ReturnType<typeof openMeters>

/** @param of what this process has besides a store, so that what it has not is told as nothing */
export function openMeters({ clock, ...of }: { clock: Clock; hasSyslog: boolean }) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const { counter, gauge, histogram } = instruments(registry)
  const asked = counter('countersign_login_requests_total', 'Login requests made by this process', 'purpose')
  const settled = counter(
    'countersign_login_requests_settled_total',
    'Login requests that this process wrote an end for',
    'state',
    'reason',
  )
  const decision = histogram(
    'countersign_decision_seconds',
    'From the request to the person’s decision',
    HUMAN_SECONDS,
    'state',
  )
  const pushes = histogram(
    'countersign_push_seconds',
    'From sending a push to the service’s answer',
    CALL_SECONDS,
    'service',
    'outcome',
    'status',
  )
  const calls = histogram(
    'countersign_http_request_seconds',
    'From a call to the head of its answer',
    CALL_SECONDS,
    'method',
    'route',
    'status',
  )
  const commits = histogram('countersign_store_write_seconds', 'From a write to its commit', COMMIT_SECONDS, 'outcome')
  const happened = counter(
    'countersign_audit_entries_total',
    'What happened, by the kind of its entry in the audit log, counted by the process that seals it',
    'kind',
  )
  const radius = counter('countersign_radius_packets_total', 'Packets over RADIUS, by what came of them', 'outcome')
  const radsec = counter(
    'countersign_radsec_connections_total',
    'Connections over RadSec, by what came of them',
    'outcome',
  )
  const directory = histogram(
    'countersign_directory_seconds',
    'From a question to the LDAP directory to its answer',
    CALL_SECONDS,
    'asked',
    'outcome',
  )
  const directoryWaiting = gauge(
    'countersign_directory_waiting',
    'Who waits in this process until their password can be tried at the LDAP directory',
  )
  const succeeded = gauge(
    'countersign_chore_last_success_timestamp_seconds',
    'When what this process does in the background was last done; before that, when it began',
    'chore',
  )
  const failures = counter(
    'countersign_chore_failures_total',
    'How often what this process does in the background failed',
    'chore',
  )
  const waiters = gauge('countersign_waiters', 'Who waits on something in this process, by what they wait for', 'for')

  beginAtZero({ asked, settled, happened, radius, radsec, directory })

  const sightings: Sightings = {
    asked: ({ purpose }) => asked.inc({ purpose }),
    settled: ({ state, reason, created_at, settled_at }) => {
      settled.inc({ state, reason: reason ?? 'none' })
      if (settled_at !== null && (state === 'approved' || state === 'denied'))
        decision.observe({ state }, (settled_at - created_at) / SECOND)
    },
  }

  return {
    sightings,
    text: () => registry.metrics(),
    contentType: registry.contentType,
    answered: ({ method, route, status, ms }: Answered) =>
      calls.observe({ method: methodOf(method), route, status }, ms / SECOND),

    audited: (kind: AuditKind) => happened.inc({ kind }),

    chores: {
      began: (chore: string) => {
        failures.inc({ chore }, 0)
        succeeded.set({ chore }, clock.now() / SECOND)
      },
      done: (chore: string) => succeeded.set({ chore }, clock.now() / SECOND),
      failed: (chore: string) => failures.inc({ chore }),
    },

    radiusPacket: (outcome: string) => radius.inc({ outcome }),
    radsecConnection: (outcome: string) => radsec.inc({ outcome }),

    directory: {
      asked: (asked: 'search' | 'bind', outcome: 'answered' | 'unreachable', ms: number) =>
        directory.observe({ asked, outcome }, ms / SECOND),
      waiting: (change: number) => directoryWaiting.inc(change),
    },

    timing: (sender: PushSender) => timedSender(sender, { clock, pushes }),
    measuring: (store: Store) => {
      gaugesOf(store, { clock, registers: [registry], ...of })
      return measuredStore(store, { commits, waiters })
    },
  }
}
