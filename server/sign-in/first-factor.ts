// The first factor, as every door with a password asks for it. Attack stopped: an unknown user, a user without a
// password and a wrong password are one answer after one amount of work; an address that tries again and again waits.
import type { ApplicationId } from '../../protocol/ids.ts'
import type { Limits } from '../../protocol/limits.ts'
import { Problem } from '../../protocol/problems.ts'
import { isPlainText } from '../../protocol/text.ts'
import { mayUse } from '../applications/who-may.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { ExternalDirectory } from '../directory/external.ts'
import type { Passwords } from '../directory/passwords.ts'
import { findUser, type UserRow } from '../directory/rows.ts'
import { type PasswordNeeds, verifyPassword } from '../directory/verify-password.ts'
import { admit } from '../policy/admit.ts'
import type { Policies } from '../policy/book.ts'
import type { Effective } from '../policy/effective.ts'
import { isWithin } from '../policy/networks.ts'
import type { Store } from '../store/store.ts'
import { countedAddress } from '../throttling/address.ts'
import { takeHit } from '../throttling/hits.ts'
import type { Blocks } from '../watching/blocks.ts'
import type { Locate } from '../whereabouts/context.ts'

export type FirstFactorNeeds = {
  store: Store
  clock: Clock
  sealer: PasswordNeeds['sealer']
  limits: Pick<Limits, 'signInsPerAddress'> & PasswordNeeds['limits']
  passwords: Passwords
  /** the organisation's directory, where it has one */
  external?: ExternalDirectory | undefined
  policies: Policies
  locate: Locate
  blocks: Blocks
}

export type Tried = {
  application: { id: ApplicationId; restricted?: number }
  /** as it was typed: what no user name can be is a wrong one */
  username: string
  password: string
  /** of the person, where the door is told it */
  address?: string | undefined
  /** whose attempts are counted together, where that is not the address */
  countedAs?: string
  /** a digest of where somebody may be known from */
  place?: string | undefined
  /** what the audit log is to say of the door besides; never a secret */
  door?: Record<string, unknown>
}

export type Known = {
  user: UserRow
  held: Effective
  /** the policy asks for nothing more from where they are */
  isTrustedNetwork: boolean
}

/** @throws {Problem} too-many-requests, wrong-credentials, directory-unreachable, not-permitted-here, refused-by-policy */
export async function firstFactor(needs: FirstFactorNeeds, tried: Tried): Promise<Known> {
  if (tried.address !== undefined) await needs.blocks.refuse(tried.address)
  // What no user name can be, no store is asked for.
  const username = isPlainText(tried.username) ? tried.username : ''
  const user = await verifyPassword(needs, username, tried.password, {
    counted: countedFrom(needs, tried),
    place: tried.place,
  })
  if (!user) return refuse(needs, { ...tried, username })
  return knownHere(needs, user, tried)
}

/** The limit that wrong attempts from there have together, and the right ones of each name there. */
const countedFrom = ({ limits }: FirstFactorNeeds, tried: Pick<Tried, 'address' | 'countedAs'>) => ({
  bucket: `sign-in:${tried.countedAs ?? countedAddress(tried.address ?? '')}`,
  rate: limits.signInsPerAddress,
})

/**
 * Who they are is known: whether they may sign in here, from there and now.
 * @throws {Problem} address-blocked, not-permitted-here, refused-by-policy
 */
export async function knownHere(
  needs: FirstFactorNeeds,
  user: UserRow,
  tried: Pick<Tried, 'application' | 'address' | 'door'>,
): Promise<Known> {
  const { application, address } = tried
  if (address !== undefined) await needs.blocks.refuse(address)
  if (!(await mayUse(needs.store.read, application, user.id))) return turnAway(needs, user, tried)
  const held = await needs.policies.of({ user: user.id, application: application.id })
  await admit(needs, held, { user: user.id, application: application.id, address })
  const { trustedNetworks } = held
  const isTrustedNetwork =
    address !== undefined && trustedNetworks !== undefined && isWithin(address, trustedNetworks.value)
  return { user, held, isTrustedNetwork }
}

async function refuse({ store, clock }: FirstFactorNeeds, tried: Tried): Promise<never> {
  const user = await findUser(store.read, tried.username)
  await store.write((tx) =>
    record(tx, {
      at: clock.now(),
      kind: 'sign-in-failed',
      application: tried.application.id,
      // No name that nobody has: people type passwords into the wrong field.
      ...(user ? { user: user.id } : {}),
      detail: detailOf(tried),
    }),
  )
  throw new Problem('wrong-credentials')
}

/** Said only to whoever knows the password. */
async function turnAway(
  { store, clock }: FirstFactorNeeds,
  user: UserRow,
  tried: Pick<Tried, 'application' | 'address' | 'door'>,
): Promise<never> {
  await store.write((tx) =>
    record(tx, {
      at: clock.now(),
      kind: 'sign-in-failed',
      application: tried.application.id,
      user: user.id,
      detail: { ...detailOf(tried), because: 'not-permitted-here' },
    }),
  )
  throw new Problem('not-permitted-here')
}

const detailOf = ({ address, door }: Pick<Tried, 'address' | 'door'>) => ({
  ...(address === undefined ? {} : { address }),
  ...door,
})

/**
 * Who they are, on the word of a gateway that has asked for the password itself; where the policy for them there says so,
 * and nowhere else. Attack stopped: whoever knows but a user name has people's devices ask them again and again.
 * @returns undefined where it does not: then a password is to be asked for
 * @throws {Problem} too-many-requests, not-permitted-here, refused-by-policy
 */
export async function gatewayFactor(
  needs: FirstFactorNeeds,
  tried: Omit<Tried, 'password'>,
): Promise<Known | undefined> {
  const { store, clock } = needs
  const user = isPlainText(tried.username) ? await findUser(store.read, tried.username) : undefined
  if (user?.state !== 'active') return undefined
  const { passwordAtGateway } = await needs.policies.of({ user: user.id, application: tried.application.id })
  if (!passwordAtGateway?.value) return undefined
  await takeHit(store, { ...countedFrom(needs, tried), now: clock.now() })
  return knownHere(needs, user, tried)
}
