// Brings the answer of a device to what was asked without a browser. In rows, so that it is done once, by whichever
// process comes first, and after a restart too.
import type { Selectable } from 'kysely'
import { type BackchannelAuthenticationRequest, type Client, errors, type Provider } from 'oidc-provider'
import { base64url } from '../../protocol/encoding.ts'
import { newId, type RandomBytes, type RequestId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { ACR_DEVICE } from '../../protocol/sign-in.ts'
import { record } from '../audit/record.ts'
import { cancelRequest, unlessSettled } from '../requests/cancel.ts'
import { passcodeOf, type RedeemNeeds, redeemed, redeemRequest } from '../requests/redeem.ts'
import { requestRow } from '../requests/rows.ts'
import type { SettleNeeds } from '../requests/settle.ts'
import { asOf, type RequestRow } from '../requests/state.ts'
import type { CibaAskedTable } from '../store/oidc-tables.ts'
import type { Db } from '../store/schema.ts'
import { together } from '../store/together.ts'
import { replaceArtifact } from './artifact-rows.ts'
import { authReqCell, cibaSecretCell } from './ciba.ts'
import { handingOut } from './grants.ts'
import { noticeCell } from './notices.ts'
import { type AdapterNeeds, unsaved } from './sealed-artifacts.ts'

export type CibaNeeds = SettleNeeds &
  RedeemNeeds &
  AdapterNeeds & { provider: () => Promise<Provider>; random: RandomBytes }
type Asked = BackchannelAuthenticationRequest
export type AskedRow = Selectable<CibaAskedTable>

const TOLD_FOR_MS = 60_000
/** As long as nobody else takes up what one process began. */
const CLAIMED_MS = 15_000

export async function answerAsked(needs: CibaNeeds, row: AskedRow): Promise<void> {
  const { store, clock, sealer, provider } = needs
  const claimed = { ...row, claimed_until: clock.now() + CLAIMED_MS }
  if (!(await claim(needs, row, claimed.claimed_until))) return
  const found = await requestRow(store.read, row.request_id)
  const request = found && asOf(found, clock.now())
  const id = sealer.openText(row.auth_req_id, authReqCell(row.request_id))
  const { BackchannelAuthenticationRequest, Client } = await provider()
  const asked = await BackchannelAuthenticationRequest.find(id, { ignoreExpiration: true })
  if (!request || !asked || asked.isExpired || row.expires_at <= clock.now()) return leave(needs, row, request)
  const client = await Client.find(request.application_id)
  const about = { row: claimed, request, asked, client }
  try {
    if (!(await signIn(needs, about))) await refuse(needs, about)
  } catch (error) {
    if (!(error instanceof ClaimedElsewhere)) throw error
  }
}

type About = { row: AskedRow; request: RequestRow; asked: Asked; client: Client | undefined }

/** It took so long that another process has it: nothing of it is written. */
class ClaimedElsewhere extends Error {}

/** @returns false where another process has it */
async function claim({ store }: CibaNeeds, { request_id, claimed_until }: AskedRow, until: number): Promise<boolean> {
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

/** Nobody waits for it any longer. */
async function leave(needs: CibaNeeds, row: AskedRow, request: RequestRow | undefined): Promise<void> {
  if (!(await needs.store.write((tx) => removed(tx, { id: row.request_id }))) || request?.state !== 'pending') return
  await unlessSettled(cancelRequest(needs, request))
}

/** @param claimed undefined: whoever has it @returns false where it is gone, or another process has it */
async function removed(tx: Db, { id, claimed }: { id: RequestId; claimed?: number }): Promise<boolean> {
  const row = tx.deleteFrom('ciba_asked').where('request_id', '=', id)
  const ours = claimed === undefined ? row : row.where('claimed_until', '=', claimed)
  return (await ours.executeTakeFirstOrThrow()).numDeletedRows === 1n
}

/**
 * Redeeming, what is handed out and what is told of it are one transaction. Attack stopped: an approval that was
 * withdrawn or reported, and is handed out in the moment between.
 * @returns false where it was not approved, or it is too late
 */
async function signIn(needs: CibaNeeds, about: About): Promise<boolean> {
  const { sealer } = needs
  const { row, request, asked, client } = about
  const passcode = request.state === 'approved' ? passcodeOf(needs, request) : undefined
  if (!client || passcode === undefined) return false
  const secret = sealer.openText(row.secret, cibaSecretCell(row.request_id))
  const { amr } = redeemed(request)
  const grant = new (await needs.provider()).Grant({ accountId: request.user_id, clientId: client.clientId })
  grant.addOIDCScope(asked.scope ?? 'openid')
  const sid = base64url(needs.random(16))
  const hand = await handingOut(needs, grant, client, { user: request.user_id, sid, request: request.id })
  const authTime = Math.floor(needs.clock.now() / 1000)
  const write = await answering(needs, about, { grantId: grant.jti, acr: ACR_DEVICE, amr, authTime, sid })
  const also = async (tx: Db) => {
    await together([write(tx), hand(tx), record(tx, signedIn(needs, request, amr))])
  }
  try {
    await redeemRequest(needs, request, { secret, passcode, also })
    return true
  } catch (error) {
    if (error instanceof Problem) return false
    throw error
  }
}

function signedIn({ clock }: CibaNeeds, request: RequestRow, amr: string[]) {
  const about = { user: request.user_id, application: request.application_id, request: request.id }
  return { at: clock.now(), kind: 'signed-in', ...about, detail: { acr: ACR_DEVICE, amr, by: 'ciba' } } as const
}

async function refuse(needs: CibaNeeds, about: About): Promise<void> {
  const isLate = about.request.state === 'expired'
  const { error, error_description } = isLate ? new errors.ExpiredToken('nobody answered') : new errors.AccessDenied()
  await needs.store.write(await answering(needs, about, { error, errorDescription: error_description }))
}

/** @returns what writes the answer; whoever wants to be told of it will be, once */
async function answering(needs: CibaNeeds, { row, request, asked, client }: About, answer: Partial<Asked>) {
  const { BackchannelAuthenticationRequest } = await needs.provider()
  const kept = await unsaved(needs, Object.assign(new BackchannelAuthenticationRequest(asked), answer))
  const notice = client?.backchannelTokenDeliveryMode === 'ping' ? ping(needs, asked, request) : undefined
  return async (tx: Db) => {
    if (!(await removed(tx, { id: request.id, claimed: row.claimed_until }))) throw new ClaimedElsewhere()
    await together([replaceArtifact(tx, kept), notice && tx.insertInto('oidc_notices').values(notice).execute()])
  }
}

function ping({ clock, random, sealer }: CibaNeeds, asked: Asked, request: RequestRow) {
  const id = newId('dlv', random)
  const now = clock.now()
  return {
    id,
    kind: 'ciba' as const,
    application_id: request.application_id,
    user_id: request.user_id,
    subject: sealer.seal(asked.jti ?? '', noticeCell(id)),
    due_at: now,
    attempts: 0,
    claimed_until: 0,
    expires_at: now + TOLD_FOR_MS,
  }
}
