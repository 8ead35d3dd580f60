// Where the latest requests come from, and for what.
import { countedNetwork } from '../throttling/address.ts'
import { contextOf, type SeenRequest } from './live.ts'

/** @param rows the newest first @param cut there may be more of that time */
export function fromWhere(rows: readonly SeenRequest[], cut: boolean) {
  return {
    whereOf: rows.length,
    whereIsCut: cut,
    networks: most(rows.flatMap((row) => networkOf(contextOf(row).ip))).map(([network, requests]) => ({
      network,
      requests,
    })),
    applications: most(rows.map((row) => row.application_name)).map(([name, requests]) => ({ name, requests })),
  }
}

function networkOf(ip: string | undefined): string[] {
  if (ip === undefined) return []
  const network = countedNetwork(ip)
  return [network.includes(':') ? network : `${network.split('.').slice(0, 3).join('.')}.0/24`]
}

function most(names: readonly string[]): [string, number][] {
  const counted = [...Map.groupBy(names, (name) => name)].map(([name, those]): [string, number] => [name, those.length])
  return counted.sort((a, b) => b[1] - a[1]).slice(0, 5)
}
