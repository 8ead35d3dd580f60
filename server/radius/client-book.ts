// Whose a packet is, asked for every one that comes and so kept in the process until a client changes.
import ipaddr from 'ipaddr.js'
import { type ApplicationRow, applicationById } from '../applications/rows.ts'
import type { Clock } from '../clock.ts'
import type { Sealer } from '../store/sealer.ts'
import type { Store } from '../store/store.ts'
import { allClients, type RadiusClientRow } from './client-rows.ts'
import { secretsOf } from './clients.ts'

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]
export type RadiusClient = {
  row: RadiusClientRow
  /** at most two */
  secrets(): readonly Buffer[]
  application(): Promise<ApplicationRow | undefined>
}
type Known = RadiusClient & { network: Network }

export type ClientBook = {
  /** @param certificates the names in the certificate of a RadSec connection; none for UDP */
  find(address: string, certificates?: readonly string[]): Promise<RadiusClient | undefined>
}

type Needs = { store: Store; clock: Clock; sealer: Sealer }

export function clientBook(needs: Needs): ClientBook {
  const { store } = needs
  let book: Promise<Known[]> | undefined
  const forget = () => {
    book = undefined
  }
  store.subscribe('radius-clients', forget)
  const current = () => {
    if (book) return book
    const reading = read(needs)
    // What could not be read is asked for again.
    reading.catch(() => book === reading && forget())
    book = reading
    return reading
  }
  return {
    async find(address, certificates = ['']) {
      const it = ipaddr.process(address.split('%')[0] ?? address)
      const fits = ({ network: [base, bits], row }: Known) =>
        certificates.includes(row.certificate) && base.kind() === it.kind() && it.match(base as never, bits)
      return (await current()).find(fits)
    },
  }
}

/** The most specific first. */
async function read({ store, clock, sealer }: Needs): Promise<Known[]> {
  const known = (await allClients(store.read)).map((row): Known => {
    let secrets: { until: number; is: Buffer[] } | undefined
    return {
      row,
      network: ipaddr.parseCIDR(row.network),
      secrets: () => {
        // Opened once, and again when the former one has ended.
        if (secrets && clock.now() < secrets.until) return secrets.is
        const until = row.previous_until !== null && row.previous_until > clock.now() ? row.previous_until : Infinity
        secrets = { until, is: secretsOf(sealer, row, clock.now()) }
        return secrets.is
      },
      application: () => applicationById(store.read, row.application_id),
    }
  })
  return known.sort((a, b) => b.network[1] - a.network[1])
}
