// The frame of most faults: people sign in, harm is done, they go on, and everything they were told is proved.
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore } from '../../server/assemble.ts'
import { readConfig } from '../../server/config.ts'
import { type Violation, violations } from './checker.ts'
import type { Installation } from './installation.ts'
import { unsent } from './kept.ts'
import { PeopleSigningIn } from './people-signing-in.ts'

export type Report = {
  /** what was done, with its figures */
  did: string
  /** that the clients heard, by step */
  acknowledged: { created: number; decided: number; read: number; redeemed: number }
  /** never answered within the clients' patience, or answered so that it stays open */
  unknown: number
  /** failures that clients met on the way and asked again after, by status or by what the network said */
  met: Record<string, number>
  violations: Violation[]
}

export type Harm = {
  lanes?: number
  patienceMs?: number
  /** waits until every push has gone that can, claims of dead processes included */
  untilSent?: boolean
  /** some pushes can never arrive */
  isUndeliverable?: boolean
  /** how many must have signed in after the harm: it recovers by itself */
  after?: number
  /** @returns what it did */
  harm: (load: PeopleSigningIn) => Promise<string>
}

export async function underLoad(installation: Installation, given: Harm): Promise<Report> {
  const { lanes = 8, patienceMs, untilSent = true, after = 20, harm } = given
  const load = new PeopleSigningIn(installation, patienceMs === undefined ? {} : { patienceMs })
  load.start(lanes)
  const did = await harm(load)
  await load.more(after)
  await load.finish()
  if (!given.isUndeliverable) await quiet(installation, untilSent)
  const code = await installation.stop()
  const report = await proved(installation, load, did)
  const others: Violation[] = []
  if (code !== 0) others.push({ rule: 'lost', about: 'server', says: `it stopped with ${code}` })
  for (const says of new Set(load.asking.defects)) others.push({ rule: 'made-up', about: 'an answer of 500', says })
  // Why the server thinks that it was one.
  if (load.asking.defects.length > 0)
    for (const says of new Set(installation.log.filter((line) => line.includes('"message":"defect"'))))
      others.push({ rule: 'made-up', about: 'the log', says })
  const found = report.violations.filter(({ about }) => !(given.isUndeliverable && about === 'outbox'))
  return { ...report, violations: [...found, ...others] }
}

export async function proved(installation: Installation, load: PeopleSigningIn, did: string): Promise<Report> {
  const { history } = load
  return {
    did,
    acknowledged: {
      created: history.count('create'),
      decided: history.count('approve') + history.count('deny'),
      read: history.count('read'),
      redeemed: history.count('redeem'),
    },
    unknown: history.deeds.filter(({ said }) => said === 'unknown').length,
    met: Object.fromEntries(load.asking.met),
    violations: violations(history.deeds, await installation.kept()),
  }
}

const MOST_PATIENCE_MS = 90_000

/** Waits until nothing is left to be sent, or for so long that it never will be. */
async function quiet(installation: Installation, whole: boolean): Promise<void> {
  const store = await openStore(readConfig(installation.env))
  try {
    const until = Date.now() + MOST_PATIENCE_MS
    while (Date.now() < until && (await unsent(store, whole)) > 0) await sleep(100)
  } finally {
    await store.close()
  }
}
