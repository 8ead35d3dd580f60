// Everything that is to stop whoever signs in as somebody: for each door, which nobody may pass once one was taken.
import { newId } from '../../protocol/ids.ts'
import { reportTypedSignIn } from '../../server/account/typed-sign-ins.ts'
import { sealEntries } from '../../server/audit/chain/seal.ts'
import { findUser } from '../../server/directory/rows.ts'
import { setPassword } from '../../server/directory/set-password.ts'
import { suspendUser } from '../../server/directory/suspension.ts'
import { clearPassword, resumePush, revokeSessions } from '../../server/watching/measures.ts'
import { typedSignInsOf } from '../../server/watching/typed-sign-ins.ts'
import type { TestServer } from './server.ts'
import type { WireDevice } from './wire-device.ts'

export const BY = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' } as const
const reason = 'a test'

type Against = { username: string; device: WireDevice }
type Notices = { notices: { id: string; kind: string }[] }

async function aboutOf({ running: { parts } }: TestServer, { username }: Against) {
  const user = await findUser(parts.store.read, username)
  if (!user) throw new Error(`nobody is called ${username}`)
  return { parts, id: user.id }
}

/** The newest sign-in of theirs that asked no device. */
async function reportTyped(server: TestServer, against: Against): Promise<void> {
  const { parts, id: user } = await aboutOf(server, against)
  await sealEntries(parts)
  const [newest] = await typedSignInsOf(parts.store.read, user)
  const session = newId('usr', parts.random)
  const row = { id: session, user_id: user, request_id: null, device_id: null, code_made_at: null }
  const times = { created_at: 0, seen_at: 0, expires_at: parts.clock.now() }
  await parts.store.write((tx) =>
    tx
      .insertInto('account_sessions')
      .values({ ...row, ...times })
      .execute(),
  )
  await reportTypedSignIn(parts, { user, session }, String(newest?.position))
}

/** Of something that was done to their account meanwhile. */
async function reportNotice(server: TestServer, { username, device }: Against): Promise<void> {
  const { parts, id } = await aboutOf(server, { username, device })
  await resumePush(parts, { id, reason }, BY)
  const { notices } = (await device.call<Notices>('GET', '/device/v1/notices')).body
  const told = notices.find(({ kind }) => kind === 'push-resumed')
  const reported = await device.call('POST', `/device/v1/notices/${told?.id}/report`, { body: {} })
  if (reported.status !== 204) throw new Error(`not reported: ${reported.text}`)
}

type Measure = (server: TestServer, against: Against) => Promise<unknown>

/** About a person whose last sign-in was by a typed passcode. */
export const MEASURES: [string, Measure][] = [
  ['End sign-ins', (s, p) => aboutOf(s, p).then(({ parts, id }) => revokeSessions(parts, { id, reason }, BY))],
  ['Take the password away', (s, p) => aboutOf(s, p).then(({ parts, id }) => clearPassword(parts, { id, reason }, BY))],
  ['another password', (s, p) => aboutOf(s, p).then(({ parts, id }) => setPassword(parts, id, 'another one by far'))],
  ['a suspension', (s, p) => aboutOf(s, p).then(({ parts, id }) => suspendUser(parts, id, BY))],
  ['a report of it', reportTyped],
  ['a report of something else', reportNotice],
]
