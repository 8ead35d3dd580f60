// So much from each, at however many processes they call.
import type { Clock } from '../clock.ts'
import type { Store } from '../store/store.ts'
import { allowance } from './allowance.ts'
import type { Rate } from './hits.ts'
import { sharedAllowance } from './shared-allowance.ts'

export type Share = {
  /** @returns false where whoever has that name has had their share */
  take(name: string): boolean | Promise<boolean>
}

/**
 * On the embedded engine there is one process, and nobody to count with.
 * @param kind names what is counted
 */
export const share = (needs: { store: Store; clock: Pick<Clock, 'now'> }, kind: string, rate: Rate): Share =>
  needs.store.engine === 'sqlite' ? allowance(needs.clock, rate) : sharedAllowance(needs, kind, rate)
