// Brings the answers of devices to what was asked without a browser. In rows, so that it is done once, by whichever
// process comes first, and after a restart too.
import type { Selectable } from 'kysely'
import { type BackchannelAuthenticationRequest, errors, type Provider } from 'oidc-provider'
import type { Redeemed } from '../../protocol/application-answers.ts'
import { base64url } from '../../protocol/encoding.ts'
import { newId, type RandomBytes, type RequestId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { ACR_DEVICE } from '../../protocol/sign-in.ts'
import { record } from '../audit/record.ts'
import { cancelRequest } from '../requests/cancel.ts'
import { passcodeOf, redeemed, redeemRequest } from '../requests/redeem.ts'
import { requestRow } from '../requests/rows.ts'
import type { SettleNeeds } from '../requests/settle.ts'
import { asOf, type RequestRow } from '../requests/state.ts'
import type { CibaAskedTable } from '../store/oidc-tables.ts'
import type { Db } from '../store/schema.ts'
import type { Sealer } from '../store/sealer.ts'
import { authReqPlace, cibaSecretPlace } from './ciba.ts'
import { keep } from './grants.ts'
import { noticePlace } from './notices.ts'

export type CibaNeeds = SettleNeeds & { provider: () => Provider; random: RandomBytes; sealer: Sealer }
type Asked = BackchannelAuthenticationRequest
type Row = Selectable<CibaAskedTable>

const MOST_AT_ONCE = 100
const TOLD_FOR_MS = 60_000
/** As long as nobody else takes up what one process began. */
const CLAIMED_MS = 15_000

/** @returns how many were answered */
export async function answerCiba(needs: CibaNeeds): Promise<number> {
  const { store, clock } = needs
  const now = clock.now()
  const rows = await store.read
    .selectFrom('ciba_asked')
    .innerJoin('login_requests', 'login_requests.id', 'ciba_asked.request_id')
    .selectAll('ciba_asked')
    .where('ciba_asked.claimed_until', '<=', now)
    .where((w) =>
      w.or([
        w('login_requests.state', '!=', 'pending'),
        w('login_requests.expires_at', '<=', now),
        w('ciba_asked.expires_at', '<=', now),
      ]),
    )
    .limit(MOST_AT_ONCE)
    .execute()
  for (const row of rows) await answer(needs, row)
  return rows.length
}

async function answer(needs: CibaNeeds, row: Row): Promise<void> {
  const { store, clock, sealer, provider } = needs
  const until = clock.now() + CLAIMED_MS
  if (!(await claim(needs, row, until))) return
  const found = await requestRow(store.read, row.request_id)
  const request = found && asOf(found, clock.now())
  const id = sealer.openText(row.auth_req_id, authReqPlace(row.request_id))
  const asked = await provider().BackchannelAuthenticationRequest.find(id, { ignoreExpiration: true })
  if (!request || !asked || asked.isExpired || row.expires_at <= clock.now()) return leave(needs, row, request)
  // Whoever fell had said it already, all but the last.
  if (asked.grantId !== undefined || asked.error !== undefined) return finish(needs, asked, request)
  const said = request.state === 'approved' ? await redeem(needs, request, row) : undefined
  if (!(await holds(needs, row, until))) return
  if (!said || !(await signedIn(needs, asked, request, said))) await refused(needs, asked, request)
}

/** @returns false where another process has it */
async function claim({ store }: CibaNeeds, { request_id, claimed_until }: Row, until: number): Promise<boolean> {
  const result = await store.write((tx) =>
    tx
      .updateTable('ciba_asked')
      .set({ claimed_until: until })
      .where('request_id', '=', request_id)
      .where('claimed_until', '=', claimed_until)
      .executeTakeFirstOrThrow(),
  )
  return result.numUpdatedRows === 1n
}

/** @returns false where it took so long that another process has it */
async function holds({ store }: CibaNeeds, { request_id }: Row, until: number): Promise<boolean> {
  const rows = store.read.selectFrom('ciba_asked').select('claimed_until').where('request_id', '=', request_id)
  return (await rows.executeTakeFirst())?.claimed_until === until
}

/** Nobody waits for it any longer. */
async function leave(needs: CibaNeeds, row: Row, request: RequestRow | undefined): Promise<void> {
  if (!(await take(needs.store.write, row.request_id)) || request?.state !== 'pending') return
  await cancelRequest(needs, request).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error
  })
}

/** @returns false where another process had it */
async function take(write: CibaNeeds['store']['write'], id: RequestId): Promise<boolean> {
  return write(async (tx) => (await removed(tx, id)) === 1n)
}

async function removed(tx: Db, id: RequestId): Promise<bigint> {
  const result = await tx.deleteFrom('ciba_asked').where('request_id', '=', id).executeTakeFirstOrThrow()
  return result.numDeletedRows
}

/** Once; again it is what it was. @returns undefined where it is too late */
async function redeem(needs: CibaNeeds, request: RequestRow, row: Row): Promise<Redeemed | undefined> {
  const { sealer, clock } = needs
  if (request.redeemed_at !== null) return redeemed(request)
  const secret = sealer.openText(row.secret, cibaSecretPlace(row.request_id))
  const passcode = passcodeOf(needs, request)
  if (passcode === undefined) return undefined
  try {
    return await redeemRequest(needs, request, {
      secret,
      passcode,
      also: async (tx, { amr }) => {
        const about = { user: request.user_id, application: request.application_id, request: request.id }
        await record(tx, { at: clock.now(), kind: 'signed-in', ...about, detail: { acr: ACR_DEVICE, amr, by: 'ciba' } })
      },
    })
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
}

/** @returns false where it was reported meanwhile, or the application is gone */
async function signedIn(needs: CibaNeeds, asked: Asked, request: RequestRow, { amr }: Redeemed): Promise<boolean> {
  const { provider, clock, random } = needs
  const client = await provider().Client.find(request.application_id)
  if (!client) return false
  const grant = new (provider().Grant)({ accountId: request.user_id, clientId: client.clientId })
  grant.addOIDCScope(asked.scope ?? 'openid')
  const sid = base64url(random(16))
  try {
    await keep(needs, grant, client, { user: request.user_id, sid, request: request.id })
  } catch (error) {
    if (error instanceof errors.AccessDenied) return false
    throw error
  }
  const authTime = Math.floor(clock.now() / 1000)
  Object.assign(asked, { grantId: grant.jti, acr: ACR_DEVICE, amr, authTime, sid })
  await asked.save()
  await finish(needs, asked, request)
  return true
}

async function refused(needs: CibaNeeds, asked: Asked, request: RequestRow): Promise<void> {
  const error = request.state === 'expired' ? new errors.ExpiredToken('nobody answered') : new errors.AccessDenied()
  Object.assign(asked, { error: error.error, errorDescription: error.error_description })
  await asked.save()
  await finish(needs, asked, request)
}

/** Whoever wants to be told will be, once. */
async function finish(needs: CibaNeeds, asked: Asked, request: RequestRow): Promise<void> {
  const client = await needs.provider().Client.find(request.application_id)
  const notice = client?.backchannelTokenDeliveryMode === 'ping' ? ping(needs, asked, request) : undefined
  await needs.store.write(async (tx) => {
    if ((await removed(tx, request.id)) === 1n && notice) await tx.insertInto('oidc_notices').values(notice).execute()
  })
}

function ping({ clock, random, sealer }: CibaNeeds, asked: Asked, request: RequestRow) {
  const id = newId('dlv', random)
  const now = clock.now()
  return {
    id,
    kind: 'ciba' as const,
    application_id: request.application_id,
    user_id: request.user_id,
    subject: sealer.seal(asked.jti ?? '', noticePlace(id)),
    due_at: now,
    attempts: 0,
    claimed_until: 0,
    expires_at: now + TOLD_FOR_MS,
  }
}
