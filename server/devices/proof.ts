// Who is calling: a proof of possession by a device's key (protocol §3, RFC 9449 §4.3). The checks stand in the
// order of the protocol page.
import { isExactHeader, type ParsedJws, parseJws } from '../../protocol/jws.ts'
import { timestamp } from '../../protocol/login-request.ts'
import { Problem } from '../../protocol/problems.ts'
import { PROOF_TYPE, PROOF_WINDOW_SECONDS, type ProofClaims, proofClaims } from '../../protocol/proof.ts'
import type { Clock } from '../clock.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { type DeviceRow, findActiveDevice } from './device-rows.ts'
import { rememberProof } from './used-proofs.ts'
import { verifiesJws } from './verify-jws.ts'

export type ProofCall = {
  /** the DPoP header's value */
  header: string | undefined
  method: string
  /** app origin and path, without query */
  htu: string
}

type Proof = { jws: ParsedJws; kid: string; claims: ProofClaims }

/** @throws {Problem} unauthenticated, invalid-proof, unknown-device, clock-skew, replayed-proof */
export async function authenticateProof(
  { store, clock }: { store: Store; clock: Clock },
  call: ProofCall,
): Promise<DeviceRow> {
  const proof = wellFormed(present(call))
  const device = await knownDevice(store.read, proof)
  signedByDevice(proof, device)
  madeForThisCall(proof, call)
  timely(proof, clock.now())
  await neverUsedBefore(store, proof, device)
  return device
}

function present({ header }: ProofCall): string {
  if (header === undefined || header === '') throw new Problem('unauthenticated')
  return header
}

function wellFormed(header: string): Proof {
  const jws = parseJws(header)
  const claims = proofClaims.safeParse(jws?.payload)
  if (!jws || !claims.success || !isExactHeader(jws.header, PROOF_TYPE)) throw new Problem('invalid-proof')
  return { jws, kid: jws.header.kid, claims: claims.data }
}

async function knownDevice(db: Db, { kid }: Proof): Promise<DeviceRow> {
  const device = await findActiveDevice(db, kid)
  if (!device) throw new Problem('unknown-device')
  return device
}

function signedByDevice({ jws }: Proof, device: DeviceRow): void {
  if (!verifiesJws(jws, device)) throw new Problem('invalid-proof')
}

/** A proof made for one call must not open another. */
function madeForThisCall({ claims }: Proof, { method, htu }: ProofCall): void {
  if (claims.htm !== method || claims.htu !== htu) throw new Problem('invalid-proof')
}

function timely({ claims }: Proof, now: number): void {
  const apart = Math.abs(claims.iat - Math.floor(now / 1000))
  if (apart > PROOF_WINDOW_SECONDS) throw new Problem('clock-skew', { members: { serverTime: timestamp(now) } })
}

async function neverUsedBefore(store: Store, { claims }: Proof, device: DeviceRow): Promise<void> {
  if (!(await rememberProof(store, device.id, claims))) throw new Problem('replayed-proof')
}
