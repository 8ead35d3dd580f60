// Who may not sign in from there, or now, whatever they hold.
import type { ApplicationId, UserId } from '../../protocol/ids.ts'
import { Problem, type RefusedBecause } from '../../protocol/problems.ts'
import { record } from '../audit/record.ts'
import type { Clock } from '../clock.ts'
import type { Store } from '../store/store.ts'
import type { Locate } from '../whereabouts/context.ts'
import type { Effective } from './effective.ts'
import { isWithin } from './networks.ts'
import { isWorkingTime } from './working-hours.ts'

type Needs = { store: Store; clock: Clock }
type Subject = { user: UserId; application: ApplicationId; address?: string | undefined }

/** @throws {Problem} refused-by-policy */
export async function admit(needs: Needs & { locate: Locate }, held: Effective, subject: Subject): Promise<void> {
  const because = refusal(held, { ...subject, locate: needs.locate, now: needs.clock.now() })
  if (because) await refuse(needs, subject, because)
}

/** @returns why not, if so */
export function refusal(
  { refusedNetworks, refusedCountries, workingHours }: Effective,
  { address, locate, now }: { address?: string | undefined; locate: Locate; now: number },
): RefusedBecause | undefined {
  if (address !== undefined && refusedNetworks && isWithin(address, refusedNetworks.value)) return 'network'
  if (address !== undefined && refusedCountries) {
    const country = locate(address)?.region.split('-')[0]
    if (country !== undefined && refusedCountries.value.includes(country)) return 'country'
  }
  if (workingHours && !isWorkingTime(workingHours.value, now)) return 'hours'
  return undefined
}

/** Whoever looks for attacks, or for why somebody could not sign in, finds it. @throws {Problem} refused-by-policy */
export async function refuse(
  { store, clock }: Needs,
  { user, application = null, address }: Omit<Subject, 'application'> & { application?: ApplicationId | null },
  because: RefusedBecause,
): Promise<never> {
  const detail = { because, ...(address !== undefined && { address }) }
  await store.write((tx) => record(tx, { at: clock.now(), kind: 'sign-in-refused', user, application, detail }))
  throw new Problem('refused-by-policy', { members: { because } })
}
