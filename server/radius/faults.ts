// What is not answered is told: to the log at most once a minute each, however much of it comes, and on the client's page.
import type { RadiusFault } from '../../protocol/operator-api/radius-clients.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { isOutage } from '../store/outage.ts'
import type { Store } from '../store/store.ts'
import { onceAMinute } from '../throttling/once-a-minute.ts'
import type { RadiusClient } from './client-book.ts'
import { noteSeen } from './client-rows.ts'

type Needs = {
  store: Store
  clock: Clock
  log: Logger
  meters?: { radsecConnection(outcome: string): void } | undefined
}

export type Noting = {
  stranger(address: string): void
  /** a connection of RadSec over which packets are read */
  made(): void
  /** one that did not come about, counted as `outcome` @param fault as it is told */
  unmade(address: string, outcome: 'flood' | 'handshake' | 'silent' | 'failed', fault: string): void
  /** one that was turned away unseen, for there are too many */
  unlookedAt(): void
  /** one that did come about, by a certificate that no client shows */
  uncertain(address: string, certificates: readonly string[]): void
  fault(client: RadiusClient, kind: RadiusFault): void
  seen(client: RadiusClient): void
  /** a packet that could not be answered, for something failed here */
  broken(error: unknown): void
}

export function noting({ store, clock, log, meters }: Needs): Noting {
  const due = onceAMinute(clock)
  const write = (client: RadiusClient, fault?: RadiusFault) =>
    void store
      .write((tx) => noteSeen(tx, client.row.id, clock.now(), fault))
      .catch((error: unknown) => log.error({ err: error }, 'what a RADIUS client did could not be noted'))

  return {
    stranger(address) {
      const packets = due('stranger')
      if (packets) log.warn({ address, packets }, 'RADIUS packets from where no client is were not answered')
    },
    made: () => meters?.radsecConnection('made'),
    unlookedAt() {
      meters?.radsecConnection('full')
      const connections = due('full')
      if (connections) log.warn({ connections }, 'RadSec connections were turned away: there are too many')
    },
    unmade(address, outcome, fault) {
      meters?.radsecConnection(outcome)
      const connections = due('unmade')
      if (connections) log.info({ address, fault, connections }, 'RadSec connections were not made')
    },
    uncertain(address, certificates) {
      meters?.radsecConnection('stranger')
      const connections = due('uncertain')
      if (!connections) return
      const about = { address, certificates, connections }
      log.warn(about, 'nothing is answered to RadSec connections: there is no client of that certificate')
    },
    fault(client, kind) {
      const packets = due(`${kind}:${client.row.id}`)
      if (!packets) return
      log.warn({ client: client.row.id, kind, packets }, 'RADIUS packets of a client were not answered')
      write(client, kind)
    },
    seen(client) {
      if (due(`seen:${client.row.id}`)) write(client)
    },
    broken(error) {
      const packets = due(`broken:${isOutage(error) ? 'outage' : error instanceof Error ? error.name : 'unknown'}`)
      if (packets) log.error({ err: error, packets }, 'RADIUS packets could not be answered')
    },
  }
}
