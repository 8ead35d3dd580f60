// What Prometheus reads of this process. Labels are few and of known sets: no names, no addresses, nothing that whoever
// calls can choose.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { AuditKind } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { PushSender } from '../push/send.ts'
import type { Store, Topic } from '../store/store.ts'
import type { Sightings } from '../watching/sightings.ts'
import { gaugesOf } from './gauges.ts'
import { methodOf, serviceOf } from './labels.ts'

const SECOND = 1000
const CALL_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30, 60]
const HUMAN_SECONDS = [1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 90]
const COMMIT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]

export type Answered = { method: string; route: string; status: number; ms: number }
export type Meters = ReturnType<typeof openMeters>

/** @param of what this process has besides a store, so that what it has not is told as nothing */
export function openMeters({ clock, ...of }: { clock: Clock; hasSyslog: boolean }) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const asked = new Counter({
    name: 'countersign_login_requests_total',
    help: 'Login requests made by this process',
    labelNames: ['purpose'],
    registers,
  })
  const settled = new Counter({
    name: 'countersign_login_requests_settled_total',
    help: 'Login requests that this process wrote an end for',
    labelNames: ['state', 'reason'],
    registers,
  })
  const decision = new Histogram({
    name: 'countersign_decision_seconds',
    help: 'From the request to the person’s decision',
    labelNames: ['state'],
    buckets: HUMAN_SECONDS,
    registers,
  })
  const pushes = new Histogram({
    name: 'countersign_push_seconds',
    help: 'From sending a push to the service’s answer',
    labelNames: ['service', 'outcome', 'status'],
    buckets: CALL_SECONDS,
    registers,
  })
  const calls = new Histogram({
    name: 'countersign_http_request_seconds',
    help: 'From a call to the head of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: CALL_SECONDS,
    registers,
  })
  const commits = new Histogram({
    name: 'countersign_store_write_seconds',
    help: 'From a write to its commit',
    labelNames: ['outcome'],
    buckets: COMMIT_SECONDS,
    registers,
  })
  const happened = new Counter({
    name: 'countersign_audit_entries_total',
    help: 'What happened, by the kind of its entry in the audit log, counted by the process that seals it',
    labelNames: ['kind'],
    registers,
  })
  const radius = new Counter({
    name: 'countersign_radius_packets_total',
    help: 'Packets over RADIUS, by what came of them',
    labelNames: ['outcome'],
    registers,
  })
  const radsec = new Counter({
    name: 'countersign_radsec_connections_total',
    help: 'Connections over RadSec, by what came of them',
    labelNames: ['outcome'],
    registers,
  })
  const directory = new Histogram({
    name: 'countersign_directory_seconds',
    help: 'From a question to the LDAP directory to its answer',
    labelNames: ['asked', 'outcome'],
    buckets: CALL_SECONDS,
    registers,
  })
  const directoryWaiting = new Gauge({
    name: 'countersign_directory_waiting',
    help: 'Who waits in this process until their password can be tried at the LDAP directory',
    registers,
  })
  const succeeded = new Gauge({
    name: 'countersign_chore_last_success_timestamp_seconds',
    help: 'When what this process does in the background was last done; before that, when it began',
    labelNames: ['chore'],
    registers,
  })
  const failures = new Counter({
    name: 'countersign_chore_failures_total',
    help: 'How often what this process does in the background failed',
    labelNames: ['chore'],
    registers,
  })
  const waiters = new Gauge({
    name: 'countersign_waiters',
    help: 'Who waits on something in this process, by what they wait for',
    labelNames: ['for'],
    registers,
  })

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

    /** The same sender, timed. */
    timing: (sender: PushSender): PushSender => ({
      ...sender,
      send: async (push) => {
        const began = clock.now()
        const answer = await sender.send(push)
        const status = 'status' in answer && answer.status !== undefined ? String(answer.status) : 'none'
        pushes.observe(
          { service: serviceOf(push.endpoint), outcome: answer.kind, status },
          (clock.now() - began) / SECOND,
        )
        return answer
      },
    }),

    /** The same store, its writes timed and those who wait on it counted. */
    measuring: (store: Store): Store => {
      gaugesOf(store, { clock, registers, ...of })
      const timed = async <T>(work: () => Promise<T>): Promise<T> => {
        const began = performance.now()
        let outcome = 'failed'
        try {
          const done = await work()
          outcome = 'committed'
          return done
        } finally {
          commits.observe({ outcome }, (performance.now() - began) / SECOND)
        }
      }
      return {
        ...store,
        write: (work) => timed(() => store.write(work)),
        writeTogether: (ask) => timed(() => store.writeTogether(ask)),
        subscribe: (topic, listener) => {
          const kind = kindOf(topic)
          waiters.inc({ for: kind })
          const end = store.subscribe(topic, listener)
          let isOver = false
          return () => {
            if (!isOver) waiters.dec({ for: kind })
            isOver = true
            end()
          }
        },
      }
    },
  }
}

const kindOf = (topic: Topic) => topic.split(':')[0] ?? topic
