// Two devices that are one person's alone never go by one name: in the lists, the console and a VPN's menu nobody could
// tell them apart, and who removes a lost one would have to guess. Attack made harder: a device added by somebody else
// under the name of one that is there.
import type { DeviceId, UserId } from '../../protocol/ids.ts'
import { LABEL_LENGTH } from '../../protocol/text.ts'
import type { Db } from '../store/schema.ts'

type Named = { id: DeviceId; name: string }

/**
 * Beside this person's other devices.
 * @param named as the device calls itself
 * @param leaving the device whose place it takes, which frees its name
 */
export async function nameApart(tx: Db, user: UserId, { id, name }: Named, leaving?: DeviceId): Promise<string> {
  const rows = await tx
    .selectFrom('tokens')
    .innerJoin('devices', 'devices.id', 'tokens.device_id')
    .select('devices.name')
    .where('tokens.user_id', '=', user)
    .where('tokens.state', '!=', 'revoked')
    .where('tokens.device_id', 'not in', [id, leaving ?? id])
    .execute()
  return apart(name, new Set(rows.map((other) => alike(other.name))))
}

/** The device whose place it took has gone since: it is called as that one was, without a number. */
export async function nameFreed(tx: Db, user: UserId, { id, name }: Named, gone: string): Promise<string> {
  const plain = name.replace(/ \(\d+\)$/, '')
  return alike(plain) === alike(gone) ? nameApart(tx, user, { id, name: plain }) : name
}

function apart(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted
  for (let count = 2; taken.has(alike(name)); count++) name = numbered(wanted, count)
  return name
}

function numbered(wanted: string, count: number): string {
  const number = ` (${count})`
  return wanted.slice(0, LABEL_LENGTH - number.length).toWellFormed() + number
}

/** What looks the same to a hurried eye. */
const alike = (name: string) => name.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim()
