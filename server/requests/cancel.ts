import { Problem } from '../../protocol/problems.ts'
import { untilWon } from '../store/until-won.ts'
import { requestRow } from './rows.ts'
import { type Because, type SettleNeeds, writeEnding } from './settle.ts'
import { asOf, type RequestRow, transition } from './state.ts'

/**
 * The application takes its question back.
 * @param because where it is not the application’s doing
 * @throws {Problem} already-settled
 */
export function cancelRequest(
  needs: SettleNeeds,
  first: Pick<RequestRow, 'id'>,
  because?: Because,
): Promise<RequestRow> {
  return untilWon(async () => {
    const seen = await requestRow(needs.store.read, first.id)
    if (!seen) throw new Problem('unknown-request')
    const result = transition(seen, { type: 'cancel' }, needs.clock.now())
    if ('refused' in result) {
      const { state, reason } = asOf(seen, needs.clock.now())
      throw new Problem('already-settled', { members: { state, reason } })
    }
    const won = await writeEnding(needs, { user: seen.user_id, changes: [{ seen, row: result.row }], because })
    return won ? result.row : undefined
  })
}
