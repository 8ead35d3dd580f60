// Reads a store after its server has ended, and follows its audit chain as `audit verify` does.
import { sql } from 'kysely'
import type { DecisionPayload } from '../../protocol/decision.ts'
import { parseJws } from '../../protocol/jws.ts'
import { openStore, random } from '../../server/assemble.ts'
import { openSigner } from '../../server/audit/chain/mark.ts'
import { sealEntries } from '../../server/audit/chain/seal.ts'
import { verifyStore } from '../../server/audit/export.ts'
import { systemClock } from '../../server/clock.ts'
import { type Environment, readConfig } from '../../server/config.ts'
import { masterKeysOf } from '../../server/master-key.ts'
import { sealerOf } from '../../server/store/sealer.ts'
import type { Store } from '../../server/store/store.ts'
import type { Kept } from './checker.ts'

export async function keptIn(env: Environment): Promise<Kept> {
  const config = readConfig(env)
  const store = await openStore(config)
  try {
    await sound(store)
    const sealer = sealerOf(() => masterKeysOf(config, random), random)
    const chain = {
      ...{ store, random, clock: systemClock, organisation: { name: config.organisation } },
      auditSigner: await openSigner({ store, sealer }),
    }
    while ((await sealEntries(chain)) > 0);
    const { ok, fault, entries } = await verifyStore(chain)
    return {
      requests: await requests(store),
      decisions: await decisions(store),
      audit: await store.read
        .selectFrom('audit')
        .select(['seq', 'kind', 'request_id as request'])
        .orderBy('seq')
        .execute(),
      chain: { isWhole: ok, entries, says: fault?.detail ?? '' },
      unsent: await unsent(store, false),
    }
  } finally {
    await store.close()
  }
}

/** SQLite can look at each page of its file. @throws where one is not what it should be */
async function sound({ engine, read }: Store): Promise<void> {
  if (engine !== 'sqlite') return
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(read)
  if (rows[0]?.integrity_check !== 'ok') throw new Error(`the file is damaged: ${JSON.stringify(rows)}`)
}

async function requests({ read }: Store): Promise<Kept['requests']> {
  const rows = await read
    .selectFrom('login_requests')
    .leftJoin('idempotency', 'idempotency.request_id', 'login_requests.id')
    .select(['login_requests.id', 'state', 'version', 'redeemed_at', 'idempotency.key'])
    .execute()
  return rows.map(({ id, state, version, redeemed_at, key }) => ({
    ...{ id, state, version },
    login: key,
    isRedeemed: redeemed_at !== null,
  }))
}

async function decisions({ read }: Store): Promise<Kept['decisions']> {
  const rows = await read.selectFrom('decisions').select(['request_id', 'jws']).where('status', '=', 200).execute()
  return rows.map(({ request_id, jws }) => ({
    request: request_id,
    verdict: (parseJws(jws)?.payload as Partial<DecisionPayload> | undefined)?.verdict ?? '',
  }))
}

/** @param claimed those too that a process holds, which may be dead */
export async function unsent({ read }: Store, claimed: boolean): Promise<number> {
  let waiting = read
    .selectFrom('outbox')
    .select(({ fn }) => fn.countAll<number>().as('jobs'))
    .where('expires_at', '>', Date.now())
  if (!claimed) waiting = waiting.where('claimed_until', '<=', Date.now())
  return Number((await waiting.executeTakeFirstOrThrow()).jobs)
}
