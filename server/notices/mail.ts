// A notice as a mail: to the address that the organisation has, and to those that the person gave.
import type { UserId } from '../../protocol/ids.ts'
import type { NoticeKind } from '../../protocol/notices.ts'
import { noticeTitle } from '../../words/notifications.ts'
import { enqueueMail, type NewMail } from '../mail/enqueue.ts'
import { mailMoment } from '../mail/moment.ts'
import type { Db } from '../store/schema.ts'
import type { News, TellNeeds } from './news.ts'

type Template = 'device-added' | 'device-removed' | 'password-changed' | 'recovery-codes-made' | 'recovery-code-used'

/** Those that have words of their own; what else the person or an attacker does is 'account-changed'. */
const TEMPLATES: Partial<Record<NoticeKind, Template | 'account-changed'>> = {
  'device-added': 'device-added',
  'token-added': 'device-added',
  'device-removed': 'device-removed',
  'token-removed': 'device-removed',
  'password-changed': 'password-changed',
  'recovery-codes-made': 'recovery-codes-made',
  'recovery-code-used': 'recovery-code-used',
  'passcodes-locked': 'account-changed',
  'link-by-device': 'account-changed',
  'addresses-changed': 'account-changed',
  renamed: 'account-changed',
  'recovery-codes-ended': 'account-changed',
}

export async function mailNotice(tx: Db, needs: TellNeeds, news: News): Promise<void> {
  const { user, kind, device, written, formerly = [] } = news
  const row = await tx
    .selectFrom('users')
    .select(['username', 'display_name', 'email'])
    .where('id', '=', user)
    .executeTakeFirst()
  if (!row) return
  const own = await addressesOf(tx, user)
  const addresses = new Set([...(row.email === null ? [] : [row.email]), ...own, ...formerly])
  if (written !== undefined) addresses.delete(written)
  const told = { kind, username: row.username, device: device ?? null }
  const values = {
    name: row.display_name,
    username: row.username,
    time: mailMoment(needs.clock.now()),
    link: `${needs.publicOrigin}/account`,
    device: device?.name ?? '',
    what: `${noticeTitle(told)}.`,
  }
  const template = TEMPLATES[kind] ?? 'help-desk-acted'
  for (const to of addresses) await enqueueMail(tx, needs, { to, template, values, user } as NewMail<typeof template>)
}

/** Those that were confirmed. */
export async function addressesOf(db: Db, user: UserId): Promise<string[]> {
  const rows = await db
    .selectFrom('notice_addresses')
    .select('address')
    .where('user_id', '=', user)
    .where('confirmed_at', 'is not', null)
    .orderBy('place')
    .execute()
  return rows.map(({ address }) => address)
}
