// Questions that nobody has to answer any longer.
import { Problem } from '../../protocol/problems.ts'
import { untilWon } from '../store/until-won.ts'
import { requestRow } from './rows.ts'
import { type Because, type SettleNeeds, writeEnding } from './settle.ts'
import { asOf, type RequestRow, transition } from './state.ts'

type Which = Pick<RequestRow, 'id'>

/**
 * Whoever asked takes the question back. Where a device rang for it, it counts as one that nobody answered. Attack
 * stopped: devices that ring all night, by questions that are taken back before they expire.
 * @throws {Problem} already-settled, unknown-request, unavailable
 */
export function cancelRequest(needs: SettleNeeds, which: Which): Promise<RequestRow> {
  return end(needs, which, 'withdrawn')
}

/**
 * Something else came first, and the question counts for nothing.
 * @param because where it is neither the person’s nor the application’s doing
 * @throws {Problem} already-settled, unknown-request, unavailable
 */
export function dropRequest(needs: SettleNeeds, which: Which, because?: Because): Promise<RequestRow> {
  return end(needs, which, 'overtaken', because)
}

const rang = ({ delivery }: RequestRow) => delivery !== 'none' && delivery !== 'failed'

function end(
  needs: SettleNeeds,
  { id }: Which,
  how: 'withdrawn' | 'overtaken',
  because?: Because,
): Promise<RequestRow> {
  return untilWon(async () => {
    const seen = await requestRow(needs.store.read, id)
    if (!seen) throw new Problem('unknown-request')
    const result = transition(seen, { type: 'cancel' }, needs.clock.now())
    if ('refused' in result) {
      const { state, reason } = asOf(seen, needs.clock.now())
      throw new Problem('already-settled', { members: { state, reason } })
    }
    const won = await writeEnding(needs, {
      user: seen.user_id,
      application: seen.application_id,
      changes: [{ seen, row: result.row }],
      ...(how === 'withdrawn' && rang(seen) && { counts: 'unanswered' }),
      because,
    })
    return won ? result.row : undefined
  })
}

/** @returns false where it had ended otherwise before, or is gone */
export async function unlessSettled(ending: Promise<RequestRow>): Promise<boolean> {
  try {
    await ending
    return true
  } catch (error) {
    if (error instanceof Problem && (error.slug === 'already-settled' || error.slug === 'unknown-request')) return false
    throw error
  }
}
