// The nth person, device and token, each from its number alone: whoever writes requests about them has to remember none.
import type { DeviceId, TokenId, UserId } from '../../protocol/ids.ts'
import { usernameKey } from '../../protocol/text.ts'
import type { TokenKeys } from '../../protocol/token-keys.ts'
import { sealTokenKeys } from '../../server/devices/token-secrets.ts'
import type { UserRow } from '../../server/directory/rows.ts'
import type { Sealer } from '../../server/store/sealer.ts'
import type { Row } from './bulk.ts'
import { Chance, idAt } from './chance.ts'
import { nameBy } from './names.ts'

export type Crowd = {
  seed: number
  users: number
  /** milliseconds: when the seed is sown */
  now: number
  /** how many are called the same as somebody, and came before them */
  namesakes: Uint32Array
}

export function crowdOf(asked: { seed: number; users: number; now: number }): Crowd {
  const called = new Map<string, number>()
  const namesakes = Uint32Array.from({ length: asked.users }, (_, at) => {
    const { given, family } = nameAt(asked, at)
    const name = `${given}.${family}`
    const before = called.get(name) ?? 0
    called.set(name, before + 1)
    return before
  })
  return { ...asked, namesakes }
}

/** What more than one seed may have: those of another than the first say of which. */
export const marked = (name: string, seed: number) => (seed === 1 ? name : `${name} (seed ${seed})`)

const nameAt = ({ seed }: { seed: number }, at: number) => nameBy(new Chance(seed, at, 1))

const DAY = 24 * 60 * 60 * 1000
/** As far back as the first people were added. */
const YEARS_MS = 3 * 365 * DAY
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export type Person = { at: number; id: UserId; username: string; user: Omit<UserRow, 'password_hash'>; devices: number }

export const personId = ({ seed, users }: Crowd, at: number): UserId => idAt('usr', seed, { at, of: users })

/** How many devices somebody has. */
export const devicesOf = ({ seed }: Crowd, at: number): number =>
  new Chance(seed, at, 2).weighed([
    [0, 8],
    [1, 84],
    [2, 8],
  ] as const)

/** Somebody's nth device, and the token on it. */
export function deviceIds({ seed, users }: Crowd, at: number, nth = 0): { device: DeviceId; token: TokenId } {
  const place = { at: 2 * at + nth, of: 2 * users }
  return { device: idAt('dev', seed, place), token: idAt('tok', seed, place) }
}

/** 'maria.jansen', then 'maria.jansen2'; of another seed 'maria.jansen.s2', as both may be in one store. */
export function usernameOf(crowd: Crowd, at: number): string {
  const { given, family } = nameAt(crowd, at)
  const before = crowd.namesakes[at] ?? 0
  return `${given}.${family}${before > 0 ? before + 1 : ''}${crowd.seed === 1 ? '' : `.s${crowd.seed}`}`
}

export function personOf(crowd: Crowd, at: number): Person {
  const chance = new Chance(crowd.seed, at, 1)
  const { displayName } = nameBy(chance)
  const username = usernameOf(crowd, at)
  const id = personId(crowd, at)
  const email = chance.share() < 0.97 ? `${username}@harbour.example` : null
  const addedAt = Math.floor(crowd.now - YEARS_MS * (1 - at / crowd.users) - chance.share() * DAY)
  const user = {
    id,
    username,
    username_key: usernameKey(username),
    display_name: displayName,
    email,
    created_at: addedAt,
    changed_at: addedAt,
    given_name: null,
    family_name: null,
    state: chance.share() < 0.01 ? ('suspended' as const) : ('active' as const),
    version: 1,
    external_id: chance.share() < 0.5 ? `hr-${at}` : null,
  }
  return { at, id, username, user, devices: devicesOf(crowd, at) }
}

const PHONES = [
  ['Galaxy S24', 'Android', 'https://android.push.example'],
  ['Pixel 9', 'Android', 'https://android.push.example'],
  ['iPhone 16', 'iOS', 'https://apple.push.example'],
  ['iPhone SE', 'iOS', 'https://apple.push.example'],
  ['Laptop', 'Windows', 'https://windows.push.example'],
  ['Firefox at home', 'Linux', 'https://mozilla.push.example'],
] as const

/** Any point of the curve: nobody holds these devices. */
const KEY = JSON.stringify({
  kty: 'EC',
  crv: 'P-256',
  x: 'axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY',
  y: 'T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU',
})

export type Held = { device: Row<'devices'>; token: Row<'tokens'>; subscription: Row<'subscriptions'> | undefined }

/** Somebody's nth device with its token; it can be subscribed to pushes. */
export function heldBy(crowd: Crowd, { at, id, user }: Person, nth: number, seal: Pick<Sealer, 'seal'>): Held {
  const chance = new Chance(crowd.seed, at, 3, nth)
  const [name, platform, service] = chance.of(PHONES)
  const ids = deviceIds(crowd, at, nth)
  const created_at = Math.min(crowd.now, Math.floor(user.created_at + chance.share() * 30 * DAY))
  const device = {
    id: ids.device,
    name,
    platform,
    key: KEY,
    key_thumbprint: `${ids.device.slice('dev_'.length)}${chance.text(16, BASE64URL)}A`,
    state: 'active' as const,
    created_at,
  }
  const token = {
    id: ids.token,
    user_id: id,
    device_id: ids.device,
    label: 'Harbour',
    unlock: chance.share() < 0.7 ? ('webauthn' as const) : ('none' as const),
    approval: 'standard' as const,
    number_matching: 1,
    number_digits: 2 as const,
    otp_digits: 6 as const,
    otp_period: 30 as const,
    state: 'active' as const,
    ...sealTokenKeys(seal as Sealer, ids.token, keysBy(chance)),
    drift: 0,
    last_step: 0,
    created_at,
    last_used_at: created_at,
  }
  const subscription = {
    device_id: ids.device,
    endpoint: `${service}/${chance.text(40, BASE64URL)}`,
    p256dh: chance.text(87, BASE64URL),
    auth: chance.text(22, BASE64URL),
    vapid_key: chance.text(87, BASE64URL),
    created_at,
  }
  return { device, token, subscription: chance.share() < 0.95 ? subscription : undefined }
}

function keysBy(chance: Chance): TokenKeys {
  const bytes = (length: number) => Uint8Array.from({ length }, () => chance.below(256))
  return { totp: bytes(20), ocra: bytes(32) }
}
