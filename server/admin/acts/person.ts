import { Problem } from '../../../protocol/problems.ts'
import type { Assembly } from '../../assemble.ts'
import { findUser } from '../../directory/rows.ts'
import type { Given } from '../typed/option.ts'

/** People are typed by their user names. @throws {Problem} unknown-user */
export async function personNamed({ username }: Given, { store }: Assembly): Promise<{ id: string; version: number }> {
  const user = await findUser(store.read, String(username))
  if (!user) throw new Problem('unknown-user')
  return { id: user.id, version: user.version }
}
