// Quiet repeated sign-in: in a browser where somebody confirmed within the hours that the policy gives, the password is
// enough. The cookie is a secret of its own, made afresh at every confirmation; without its row in the store it is
// worth nothing.
import { getCookie, setCookie } from 'hono/cookie'
import { base64url } from '../../protocol/encoding.ts'
import { RANGES } from '../../protocol/policy.ts'
import { isPasswordElsewhere } from '../directory/external.ts'
import { type UserRow, userById } from '../directory/rows.ts'
import type { Call } from '../http/env.ts'
import type { Effective } from '../policy/effective.ts'
import { HOUR_MS, rememberBrowser, rememberedSince } from '../policy/remembered.ts'
import { signalsAbout } from '../policy/unusual.ts'
import { digest } from '../store/digest.ts'
import type { Db } from '../store/schema.ts'
import { together } from '../store/together.ts'
import { readThrottle } from '../throttling/throttle.ts'
import { deviceContext } from '../whereabouts/context.ts'
import { knowingBrowser } from './known-browser.ts'
import type { LoginNeeds } from './needs.ts'
import { browserContext } from './push.ts'
import type { SignInRow } from './rows.ts'

const NAME = '__Host-countersign-browser'
const LONGEST_SECONDS = RANGES.quietHours[1] * 3600

/**
 * Signs in by a second factor, knows the browser and, where the policy will make use of it, remembers it in the
 * transaction of that: whatever ends sign-ins of the person finds all of it or nothing.
 * @param complete given what else to write; says whether it was what completed the sign-in
 */
export async function remembering(
  needs: LoginNeeds,
  c: Call,
  signIn: SignInRow,
  complete: (also: (tx: Db) => Promise<void>) => Promise<boolean>,
): Promise<void> {
  const known = await knownWhereQuiet(needs, signIn)
  if (known === undefined) return void (await knowingBrowser(needs, c, signIn.user_id, complete))
  const was = getCookie(c, NAME)
  const secret = base64url(needs.random(16))
  const { user_id, application_id } = signIn
  const row = { id: digest(secret), user_id, application_id, password: known, confirmed_at: needs.clock.now() }
  const remember = (tx: Db) => rememberBrowser(tx, row, was ? digest(was) : undefined)
  // In this order, which is that of ending access: whoever is waited for there waits for nothing here.
  const isDone = await knowingBrowser(needs, c, user_id, (know) =>
    complete(async (tx) => void (await together([remember(tx), know(tx)]))),
  )
  if (isDone) giveSecret(c, secret)
}

async function knownWhereQuiet(
  needs: LoginNeeds,
  { user_id: user, application_id: application }: SignInRow,
): Promise<string | undefined> {
  const { quietHours } = await needs.policies.of({ user, application })
  const row = quietHours?.value ? await userById(needs.store.read, user) : undefined
  return row && knownBy(needs, row)
}

function giveSecret(c: Call, secret: string): void {
  setCookie(c, NAME, secret, {
    path: '/',
    httpOnly: true,
    secure: true,
    sameSite: 'Strict',
    maxAge: LONGEST_SECONDS,
  })
}

/**
 * What their password is known by: once it is another one, no browser is remembered any more. One of the directory is
 * known by whose it is there, since only the directory hears of a change.
 */
function knownBy({ external }: Pick<LoginNeeds, 'external'>, user: UserRow): string | undefined {
  if (user.password_hash !== null) return digest(user.password_hash)
  return isPasswordElsewhere(external, user) ? digest(`directory ${user.external_id}`) : undefined
}

/** Never from a new place or with a new browser, and not after a denial: then the person is asked. */
export async function isRemembered(
  needs: LoginNeeds,
  c: Call,
  held: Effective,
  { user, application }: { user: UserRow; application: SignInRow['application_id'] },
): Promise<boolean> {
  const secret = getCookie(c, NAME)
  const password = knownBy(needs, user)
  if (!held.quietHours?.value || !secret || password === undefined) return false
  const { read } = needs.store
  const place = { id: digest(secret), user: user.id, application }
  const since = await rememberedSince(read, { ...place, password })
  const now = needs.clock.now()
  if (since === undefined || since + held.quietHours.value * HOUR_MS <= now) return false
  const throttle = await readThrottle(read, user.id)
  const given = browserContext(needs, c)
  const context = deviceContext(given, needs.locate, JSON.parse(throttle.places) as string[])
  return throttle.refusals === 0 && signalsAbout({ ...throttle, denied_at: 0 }, { context, given }, now).length === 0
}
