// Every token as a file for spreadsheets, made while it is sent.
import { csvLine } from '../../protocol/csv.ts'
import { timestamp } from '../../protocol/login-request.ts'
import type { TokenCondition } from '../../protocol/operator-api/tokens.ts'
import type { Store } from '../store/store.ts'
import { allTokens } from './all-tokens.ts'
import type { TokenRow } from './token-rows.ts'

const AT_ONCE = 1000
const HEAD = ['device', 'platform', 'person', 'name', 'state', 'push', 'unlock', 'approval', 'number', 'used', 'added']

type Asked = {
  search?: string | undefined
  device?: string | undefined
  state?: TokenRow['state'] | undefined
  only?: TokenCondition | undefined
  now: number
}

/** In the order of the list. `number`: digits of it, where one is typed */
export async function* exportTokens({ store }: { store: Store }, asked: Asked): AsyncGenerator<string> {
  yield `\ufeff${csvLine([...HEAD, 'id'])}`
  for (let cursor: string | undefined; ; ) {
    const { rows, next } = await allTokens({ store }, { ...asked, cursor, most: AT_ONCE })
    for (const row of rows)
      yield csvLine([
        ...[row.device_name, row.platform, row.username, row.display_name, row.state],
        ...[row.subscribed === null ? '' : 'reached', row.unlock, row.approval],
        row.number_matching ? String(row.number_digits) : '',
        ...[row.last_used_at === null ? '' : timestamp(row.last_used_at), timestamp(row.created_at), row.id],
      ])
    if (next === null) return
    cursor = next
  }
}
