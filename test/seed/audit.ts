// Writes entries that are part of the chain already, as the server's own work in the background would have made them.
import type { UserId } from '../../protocol/ids.ts'
import { moveChain } from '../../server/audit/chain/rows.ts'
import { chainHead, type SealNeeds, sealOf, type Unsealed } from '../../server/audit/chain/seal.ts'
import type { AuditKind } from '../../server/audit/record.ts'
import type { RequestRow } from '../../server/requests/state.ts'
import type { AuditSealsTable } from '../../server/store/audit-tables.ts'
import { insertAll } from './bulk.ts'
import { Chance } from './chance.ts'
import { type Crowd, deviceIds, personId, usernameOf } from './people.ts'

type Entry = Omit<Unsealed, 'seq'>

/** What one request and the acts in between leave, on the average. */
const OF_A_REQUEST = 3
const ACTS_SHARE = 0.3

export type Operator = { id: string; name: string; role: string }

/** Takes what a batch of requests leaves in the log, until there are enough. */
export class AuditSower {
  readonly #needs: SealNeeds
  readonly #crowd: Crowd
  readonly #operators: readonly Operator[]
  readonly #every: number
  #left: number
  #seen = 0

  /** @param wanted how many entries, of so many requests: where they are too few, only some requests leave any */
  constructor(
    needs: SealNeeds,
    crowd: Crowd,
    given: { wanted: number; requests: number; operators: readonly Operator[] },
  ) {
    this.#needs = needs
    this.#crowd = crowd
    this.#operators = given.operators
    this.#left = given.wanted
    this.#every = Math.max(1, (given.requests * OF_A_REQUEST) / Math.max(1, given.wanted))
  }

  async take(rows: readonly RequestRow[]): Promise<void> {
    const entries = rows.flatMap((row) => this.#entriesOf(row)).slice(0, this.#left)
    this.#left -= entries.length
    await this.#write(entries)
  }

  /** What is wanted and no request left: acts of now. */
  async finish(): Promise<void> {
    while (this.#left > 0) {
      const acts = Array.from({ length: Math.min(1000, this.#left) }, () => this.#actAt(this.#crowd.now))
      this.#left -= acts.length
      await this.#write(acts)
    }
  }

  #entriesOf(row: RequestRow): Entry[] {
    const before = Math.floor(this.#seen / this.#every)
    this.#seen += 1
    if (Math.floor(this.#seen / this.#every) === before) return []
    const isAct = new Chance(this.#crowd.seed, this.#seen, 6).share() < ACTS_SHARE
    return [...ofRequest(row), ...(isAct ? [this.#actAt(row.created_at)] : [])]
  }

  #actAt(at: number): Entry {
    const chance = new Chance(this.#crowd.seed, this.#seen, this.#left, 7)
    const person = chance.below(this.#crowd.users)
    const [kind, act] = chance.weighed(ACTS)
    const user = personId(this.#crowd, person)
    if (act === null) {
      const { device, token } = deviceIds(this.#crowd, person)
      return entry({ at, kind, user, device, detail: { token, name: 'Phone' } })
    }
    const { id, name, role } = chance.of(this.#operators)
    const detail = { username: usernameOf(this.#crowd, person), act, by: { kind: 'operator', id, name, role } }
    return entry({ at, kind, user, actor: id, detail })
  }

  async #write(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return
    const { store, auditSigner, clock } = this.#needs
    const chain = await chainHead(this.#needs)
    const last = await store.read
      .selectFrom('audit')
      .select(({ fn }) => fn.max('seq').as('seq'))
      .executeTakeFirst()
    const seals: AuditSealsTable[] = []
    const rows = entries.map((one, index) => {
      const row = { seq: (last?.seq ?? 0) + 1 + index, ...one }
      const before = seals.at(-1) ?? chain
      seals.push(sealOf(this.#needs, row, null, { position: before.position + 1, previous: before.hash }))
      return { ...row, position: before.position + 1 }
    })
    const { position, hash } = seals.at(-1) ?? chain
    const mark = { chain: chain.chain, position, hash, iat: Math.floor(clock.now() / 1000) }
    const head = await auditSigner.sign('head', mark)
    await store.write(async (tx) => {
      if (!(await moveChain(tx, chain, { position, hash, head })))
        throw new Error('a server runs on this store: stop it')
      await insertAll(tx, store.engine, 'audit', rows)
      await insertAll(tx, store.engine, 'audit_seals', seals)
    })
  }
}

/** What happens besides sign-ins; null: the person's own doing. */
const ACTS: readonly (readonly [readonly [AuditKind, string | null], number])[] = [
  [['token-activated', null], 40],
  [['user-added', 'users.add'], 15],
  [['enrolment-created', 'users.enrol'], 15],
  [['user-changed', 'users.change'], 10],
  [['group-member-added', 'groups.add-member'], 10],
  [['passcodes-unlocked', 'users.unlock'], 5],
  [['password-set', 'users.set-password'], 5],
]

function entry(of: {
  at: number
  kind: AuditKind
  user: UserId
  device?: Entry['device_id']
  actor?: string
  detail: object
}): Entry {
  return {
    at: of.at,
    kind: of.kind,
    user_id: of.user,
    request_id: null,
    device_id: of.device ?? null,
    application_id: null,
    actor_id: of.actor ?? null,
    detail: JSON.stringify(of.detail),
  }
}

function ofRequest(row: RequestRow): Entry[] {
  const about = { user_id: row.user_id, request_id: row.id, application_id: row.application_id, actor_id: null }
  const settled = row.settled_at ?? row.created_at
  const ended = { at: settled, device_id: row.decided_by_device, ...about }
  const detail = JSON.stringify({ reason: row.reason, purpose: row.purpose })
  if (row.reason === 'not_me') return [{ ...ended, kind: 'report', detail: JSON.stringify({ redeemed: false }) }]
  const first = { ...ended, kind: row.state, detail }
  if (row.redeemed_at === null) return [first]
  const later = { ...about, at: row.redeemed_at, device_id: null }
  const how = JSON.stringify({ acr: 'urn:countersign:push', amr: ['pwd', 'hwk', 'mfa'] })
  return [first, { ...later, kind: 'redeemed', detail: '{}' }, { ...later, kind: 'signed-in', detail: how }]
}
