// Where a person wants to be written to about their account, besides the address that the organisation has.
import * as z from 'zod/mini'
import type { UserId } from '../../protocol/ids.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import { record } from '../audit/record.ts'
import { addressesOf } from '../notices/mail.ts'
import type { TellNeeds } from '../notices/news.ts'
import { tell } from '../notices/tell.ts'
import type { Store } from '../store/store.ts'
import { email } from './users.ts'

const asked = z.object({ addresses: z.array(email) })

/** The former ones are told too: whoever changes them does not do it unseen. @throws {Problem} invalid */
export async function changeAddresses(
  needs: TellNeeds & { store: Store },
  user: UserId,
  typed: readonly string[],
): Promise<void> {
  const { store, clock } = needs
  const addresses = [...new Set(parseOrRefuse(asked, { addresses: typed }).addresses)]
  const formerly = await addressesOf(store.read, user)
  const at = clock.now()
  await store.write(async (tx, announce) => {
    await tx.deleteFrom('notice_addresses').where('user_id', '=', user).execute()
    const rows = addresses.map((address, place) => ({ user_id: user, place, address, created_at: at }))
    if (rows.length > 0) await tx.insertInto('notice_addresses').values(rows).execute()
    await record(tx, { at, kind: 'notice-addresses-changed', user, detail: { count: rows.length } })
    await tell(tx, { ...needs, announce }, { user, kind: 'addresses-changed', formerly })
  })
}
