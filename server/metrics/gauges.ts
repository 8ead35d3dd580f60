// What is so at the moment at which Prometheus asks.
import { Gauge, type Registry } from 'prom-client'
import { sealsBehind } from '../audit/chain/seal.ts'
import type { Clock } from '../clock.ts'
import { outboxNow } from '../push/outbox.ts'
import type { Store } from '../store/store.ts'
import { syslogState } from '../syslog/cursor.ts'
import { backlogs } from './backlogs.ts'

const SECOND = 1000

type Needs = {
  clock: Clock
  registers: Registry[]
  /** what is left of where somebody sent it once says nothing */
  hasSyslog: boolean
}

/** Read from the store when somebody asks, all of them at once, not kept up to date meanwhile. */
export function gaugesOf(store: Store, { clock, registers, hasSyslog }: Needs): void {
  let reading: Promise<void> | undefined
  const collect = () => {
    reading ??= read().finally(() => {
      reading = undefined
    })
    return reading
  }
  const common = { registers, collect }
  const oldest = new Gauge({
    name: 'countersign_outbox_oldest_seconds',
    help: 'How long the oldest push has waited to be sent',
    ...common,
  })
  const untold = new Gauge({
    name: 'countersign_backlog_jobs',
    help: 'What waits to be told to others, of all processes that share the store',
    labelNames: ['to'],
    ...common,
  })
  const unsealed = new Gauge({
    name: 'countersign_audit_unsealed_seconds',
    help: 'How long the oldest entry of the audit log has waited for its place in the chain',
    ...common,
  })
  const ahead = new Gauge({
    name: 'countersign_clock_ahead_seconds',
    help: 'By how much the clock of this process is ahead of the database’s',
    ...common,
  })
  const behind = new Gauge({
    name: 'countersign_syslog_behind_entries',
    help: 'Entries of the audit log that the syslog receiver has not taken yet',
    ...common,
  })
  const failing = new Gauge({
    name: 'countersign_syslog_failing_seconds',
    help: 'How long the syslog receiver has taken nothing; 0 while it takes what there is',
    ...common,
  })
  const connections = new Gauge({
    name: 'countersign_store_connections',
    help: 'Connections to the database for transactions of this process, by whether one is under way',
    labelNames: ['state'],
    ...common,
  })
  const waiting = new Gauge({
    name: 'countersign_store_waiting',
    help: 'Who waits in this process for a connection to the database',
    ...common,
  })
  const syslog = async () => {
    const { position, sent, failingSince } = await syslogState(store)
    behind.set(position - sent)
    failing.set(failingSince === null ? 0 : Math.max(0, clock.now() - failingSince) / SECOND)
  }
  const up = new Gauge({ name: 'countersign_store_up', help: 'Whether the store answers', ...common })
  const depth = new Gauge({
    name: 'countersign_outbox_jobs',
    help: 'Pushes to be sent, of all processes that share the store',
    ...common,
  })
  const read = async () => {
    const pool = store.pool?.()
    connections.set({ state: 'in_use' }, pool?.inUse ?? 0)
    connections.set({ state: 'idle' }, pool?.idle ?? 0)
    waiting.set(pool?.waiting ?? 0)
    try {
      const outbox = await outboxNow(store.read, clock.now())
      depth.set(outbox.jobs)
      oldest.set(outbox.oldestSeconds)
      for (const [to, jobs] of Object.entries(await backlogs(store.read))) untold.set({ to }, jobs)
      unsealed.set((await sealsBehind(store.read, clock.now())) / SECOND)
      ahead.set(store.clockAhead() / SECOND)
      if (hasSyslog) await syslog()
      up.set(1)
    } catch {
      // What cannot be read is told by this gauge.
      up.set(0)
    }
  }
}
