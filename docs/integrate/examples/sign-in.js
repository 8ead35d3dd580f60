// Signing in with a push, whatever the framework: express.js, fastify.js and hono.js beside this file call it.
import { randomBytes } from 'node:crypto'
import { createClient, ProblemError } from 'countersign/client'

const countersign = createClient({ url: process.env.COUNTERSIGN, apiKey: process.env.COUNTERSIGN_KEY })

export const SIGN_IN = '__Host-sign-in'
export const SESSION = '__Host-session'
/** `Lax` lets no other site send these cookies along with a POST. */
export const COOKIE = { path: '/', httpOnly: true, secure: true, sameSite: 'Lax' }

// Yours: wherever your people, and your sessions, are. These last as long as the process.
const PASSWORDS = new Map([['alice', 'correct horse battery']])
const isRight = (username, password) => PASSWORDS.has(username) && PASSWORDS.get(username) === password
const signIns = new Map()
const sessions = new Map()

const SIGN_IN_MS = 5 * 60_000
/** Shorter than proxies let a call last. */
const ONE_WAIT_MS = 25_000

const freshCookie = () => randomBytes(16).toString('base64url')

export const whoIsIn = (session) => sessions.get(session)

export function underWay(cookie) {
  const found = signIns.get(cookie)
  return found && found.until > Date.now() ? found : undefined
}

/** The cookie of a sign-in whose password was right, made fresh: nobody can have prepared it. Else undefined. */
export async function begin({ username, password, ip, userAgent }) {
  if (!isRight(username, password)) return undefined
  const cookie = freshCookie()
  const from = { ip, userAgent }
  signIns.set(cookie, { username, from, until: Date.now() + SIGN_IN_MS, asked: await ask({ username, ...from }) })
  return cookie
}

/** Undefined where nobody can be asked just now: no device, push paused … A typed passcode is left then. */
async function ask({ username, ip, userAgent }) {
  try {
    const { id, secret, last } = await countersign.start({
      username,
      context: { ip, userAgent, resource: 'Timetable' },
    })
    return { id, secret, number: last.number }
  } catch (error) {
    if (error instanceof ProblemError) return undefined
    throw error
  }
}

/** Waits for the device. @returns {session} when it approved, {state} when it did not, {again} when it is still asked */
export async function outcomeOf(cookie, gone) {
  const { username, asked } = underWay(cookie)
  const request = countersign.resume(asked)
  const signal = AbortSignal.any([gone, AbortSignal.timeout(ONE_WAIT_MS)])
  try {
    const { state } = await request.wait({ signal })
    if (state !== 'approved') return { state }
  } catch (error) {
    if (signal.aborted) return { again: true }
    throw error
  }
  // Not the state, but this answer signs somebody in: it is given once.
  const redeemed = await request.redeem()
  if (redeemed.username !== username) throw new Error('somebody else was approved')
  return { session: newSession(cookie, username) }
}

/** A passcode that was typed. @returns the session, or undefined where it is wrong */
export async function typedPasscode(cookie, passcode) {
  const { username, from, asked } = underWay(cookie)
  const digits = String(passcode).replace(/\D/g, '')
  if (digits === '' || !(await isRightPasscode({ username, passcode: digits, context: from }))) return undefined
  if (asked) await takeBack(asked)
  return newSession(cookie, username)
}

/** Wrong, too, where it is refused: from a blocked address, or by a policy. */
async function isRightPasscode(typed) {
  try {
    return (await countersign.verify(typed)).valid
  } catch (error) {
    if (error instanceof ProblemError) return false
    throw error
  }
}

async function takeBack(asked) {
  try {
    await countersign.resume(asked).cancel()
  } catch (error) {
    // It had ended already.
    if (!(error instanceof ProblemError)) throw error
  }
}

/** A session of its own, not the cookie from before. */
function newSession(cookie, username) {
  signIns.delete(cookie)
  const session = freshCookie()
  sessions.set(session, username)
  return session
}

/** @param header `Cookie`, as it was sent */
export function cookieIn(header, name) {
  const pairs = (header ?? '').split('; ').map((pair) => pair.split('='))
  return pairs.find(([key]) => key === name)?.[1]
}
