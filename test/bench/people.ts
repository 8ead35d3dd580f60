// Users with an activated device each, written straight into a store; the bench plays their devices.
import { generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { newId } from '../../protocol/ids.ts'
import { addApplication } from '../../server/applications/applications.ts'
import type { Assembly } from '../../server/assemble.ts'
import { thumbprint } from '../../server/devices/device-key.ts'
import { sealTokenKeys } from '../../server/devices/token-secrets.ts'
import { argon2Passwords } from '../../server/directory/passwords.ts'
import type { NewUserRow } from '../../server/directory/rows.ts'
import { addClient } from '../../server/radius/clients.ts'
import type { DevicesTable, SubscriptionsTable, TokensTable } from '../../server/store/schema.ts'
import type { SubscriptionJson } from '../support/push-subscriptions.ts'
import { CALLBACK, type OidcClient } from './oidc-logins.ts'

export type Person = { username: string; device: string; token: string; signingKey: JsonWebKey; ocraKey: string }

export const PASSWORD = 'correct horse'
const CHEAPEST = { memoryCost: 8, timeCost: 1, parallelism: 1 }

const BATCH = 500

export type Kind = {
  /** whether a number is to be typed into their devices */
  numbers: boolean
}

/** @param subscriptions one a person; whose list is shorter get none */
export async function addPeople(
  parts: Assembly,
  count: number,
  subscriptions: readonly SubscriptionJson[],
  { prefix, numbers }: Kind & { prefix: string },
): Promise<Person[]> {
  const passwordHash = await argon2Passwords(parts.random, CHEAPEST).hash(PASSWORD)
  const people: Person[] = []
  for (let from = 0; from < count; from += BATCH) {
    const rows = await Promise.all(
      Array.from({ length: Math.min(BATCH, count - from) }, (_, i) =>
        personRows(parts, subscriptions[from + i], { username: `${prefix}-${from + i}`, passwordHash, numbers }),
      ),
    )
    await parts.store.write(async (tx) => {
      await tx
        .insertInto('users')
        .values(rows.map((r) => r.user))
        .execute()
      await tx
        .insertInto('devices')
        .values(rows.map((r) => r.device))
        .execute()
      await tx
        .insertInto('tokens')
        .values(rows.map((r) => r.token))
        .execute()
      const subscribed = rows.flatMap((r) => r.subscription ?? [])
      if (subscribed.length > 0) await tx.insertInto('subscriptions').values(subscribed).execute()
    })
    people.push(...rows.map((r) => r.person))
  }
  return people
}

async function personRows(
  { random, sealer, vapid }: Assembly,
  given: SubscriptionJson | undefined,
  { username, passwordHash, numbers }: Kind & { username: string; passwordHash: string },
) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = publicKey.export({ format: 'jwk' })
  const user: NewUserRow = {
    id: newId('usr', random),
    username,
    username_key: username,
    display_name: username,
    email: null,
    password_hash: passwordHash,
    created_at: 0,
  }
  const device: DevicesTable = {
    id: newId('dev', random),
    name: 'Phone',
    platform: 'Android',
    key: JSON.stringify(key),
    key_thumbprint: await thumbprint(key),
    state: 'active',
    created_at: 0,
  }
  const id = newId('tok', random)
  const ocraKey = new Uint8Array(randomBytes(32))
  const token: TokensTable = {
    id,
    user_id: user.id,
    device_id: device.id,
    label: 'Bench',
    unlock: 'none',
    approval: 'standard',
    number_matching: numbers ? 1 : 0,
    number_digits: 2,
    otp_digits: 6,
    otp_period: 30,
    state: 'active',
    ...sealTokenKeys(sealer, id, { totp: new Uint8Array(randomBytes(20)), ocra: ocraKey }),
    drift: 0,
    last_step: 0,
    created_at: 0,
    last_used_at: null,
  }
  const subscription: SubscriptionsTable | undefined = given && {
    device_id: device.id,
    endpoint: given.endpoint,
    p256dh: given.keys.p256dh,
    auth: given.keys.auth,
    vapid_key: vapid.publicKey,
    created_at: 0,
  }
  const person: Person = {
    username,
    device: device.id,
    token: id,
    signingKey: privateKey.export({ format: 'jwk' }),
    ocraKey: Buffer.from(ocraKey).toString('base64url'),
  }
  return { user, device, token, subscription, person }
}

const numbered = (prefix: string) =>
  sql`${sql.lit(prefix)} || substr('00000000000000000000000000' || cast(i as text), length(cast(i as text)) + 1)`

/** Users who only make the tables long: a device and a token each, none of them used. */
export async function addCrowd({ store }: Assembly, count: number): Promise<void> {
  const through = sql`with recursive numbers(i) as (select 1 union all select i + 1 from numbers where i < ${sql.lit(count)})`
  const { read } = store
  const token = await read.selectFrom('tokens').selectAll().orderBy('id').executeTakeFirstOrThrow()
  const device = await read
    .selectFrom('devices')
    .selectAll()
    .where('id', '=', token.device_id)
    .executeTakeFirstOrThrow()
  const crowd = {
    id: numbered('usr_'),
    username: numbered('crowd-'),
    username_key: numbered('crowd-'),
    display_name: numbered('crowd-'),
    created_at: 0,
  }
  const copies = [
    ['users', crowd],
    ['devices', { ...device, id: numbered('dev_'), key_thumbprint: numbered('crowd-') }],
    ['tokens', { ...token, id: numbered('tok_'), user_id: numbered('usr_'), device_id: numbered('dev_') }],
  ] as const
  for (const [table, columns] of copies) {
    const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)))
    const values = sql.join(Object.values(columns).map((value) => (isValue(value) ? sql.lit(value) : value)))
    await store.write((tx) =>
      sql`insert into ${sql.table(table)} (${names}) ${through} select ${values} from numbers`.execute(tx),
    )
  }
}

const isValue = (value: unknown): value is string | number | null => value === null || typeof value !== 'object'

const BY = { kind: 'command-line', id: null, name: 'bench', role: 'owner', act: 'bench' } as const

export type Doors = { radius: { port: number; secret: string }; oidc: OidcClient }

/** What a gateway and a web site are told to ask here. @param port where RADIUS is answered */
export async function openDoors(parts: Assembly, port: number): Promise<Doors> {
  const { id, clientId, clientSecret } = await addApplication(parts, { name: 'Doors', redirectUris: [CALLBACK] })
  const asked = { network: '127.0.0.1', certificate: '', challenges: false, groups: 'none', messageAuthenticator: true }
  const { secret } = await addClient(parts, { id, ...asked }, BY)
  if (!clientId || !clientSecret) throw new Error('no client')
  return { radius: { port, secret }, oidc: { clientId, clientSecret } }
}

export async function addBenchApplication(parts: Assembly): Promise<string> {
  return (await addApplication(parts, { name: 'Bench', redirectUris: [] })).apiKey
}
