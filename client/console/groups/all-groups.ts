// The groups there are, to choose from: they come a hundred at a time.
import type { GroupList, GroupView } from '../../../protocol/operator-api/groups.ts'
import type { useSession } from '../session/session-store.ts'

/** Nobody reads further; beyond that whoever shows them says so. */
const MOST_PAGES = 30

export async function allGroups(
  session: Pick<ReturnType<typeof useSession>, 'call'>,
  signal: AbortSignal,
): Promise<{ groups: GroupView[]; isCut: boolean }> {
  const groups: GroupView[] = []
  let query = ''
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await session.call<GroupList>('GET', `/groups${query}`, { signal })
    groups.push(...page.groups)
    if (page.next === null) return { groups, isCut: false }
    query = `?cursor=${encodeURIComponent(page.next)}`
  }
  return { groups, isCut: true }
}
