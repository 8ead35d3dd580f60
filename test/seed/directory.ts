// Writes the people, what they are found by, what they hold, and the groups they belong to.
import type { GroupId } from '../../protocol/ids.ts'
import { nameWords } from '../../protocol/name-words.ts'
import type { Schema } from '../../server/store/schema.ts'
import type { Sealer } from '../../server/store/sealer.ts'
import type { Store } from '../../server/store/store.ts'
import { insertAll, insertInOrder, type Row, withoutIndexes } from './bulk.ts'
import { Chance, idAt } from './chance.ts'
import { type Crowd, type Held, heldBy, marked, type Person, personOf } from './people.ts'

const BATCH = 2000
const TABLES = ['users', 'user_words', 'group_members', 'devices', 'tokens', 'throttles', 'unenrolled'] as const

type Needs = { store: Store; sealer: Sealer; passwordHash: string }

export async function sowPeople(needs: Needs, crowd: Crowd, tell: (done: number) => void): Promise<void> {
  const { store } = needs
  const groups = await sowGroups(store, crowd)
  await withoutIndexes(store, TABLES, () =>
    insertInOrder(store, 'user_words', ['word', 'user_id'], async (gather) => {
      for (let from = 0; from < crowd.users; from += BATCH) {
        const people = Array.from({ length: Math.min(BATCH, crowd.users - from) }, (_, i) => personOf(crowd, from + i))
        const rows = rowsOf(needs, crowd, people, groups)
        await store.write(async (tx) => {
          await gather(tx, people.flatMap(wordsOf))
          for (const [table, those] of Object.entries(rows))
            await insertAll(tx, store.engine, table as keyof typeof rows, those as never)
        })
        tell(from + people.length)
      }
    }),
  )
}

function rowsOf({ sealer, passwordHash }: Needs, crowd: Crowd, people: readonly Person[], groups: readonly Group[]) {
  const held = people.flatMap((person) =>
    Array.from({ length: person.devices }, (_, nth): Held => heldBy(crowd, person, nth, sealer)),
  )
  return {
    users: people.map(({ user }) => ({ ...user, password_hash: passwordHash })),
    throttles: people.map((person) => throttleOf(crowd, person)),
    unenrolled: people.filter(({ devices }) => devices === 0).map(unenrolledOf),
    devices: held.map(({ device }) => device),
    tokens: held.map(({ token }) => token),
    subscriptions: held.flatMap(({ subscription }) => subscription ?? []),
    group_members: people.flatMap((person) => membershipsOf(crowd, person, groups)),
  } satisfies { [Table in keyof Schema]?: readonly Row<Table>[] }
}

const wordsOf = ({ id, user }: Person) =>
  nameWords({ username: user.username, displayName: user.display_name, email: user.email }).map((word) => ({
    word,
    user_id: id,
  }))

const unenrolledOf = ({ id, user }: Person) => ({ user_id: id, since: user.created_at })

const HOUR = 60 * 60 * 1000
/** However many people there are, so many of them get no push for the next hour, and so many may try no passcode. */
const PAUSED = 12
const LOCKED = 5

function throttleOf({ users, now }: Crowd, { at, id }: Person) {
  const isOneOf = (few: number) => at % Math.ceil(users / few) === 0
  return {
    user_id: id,
    version: 0,
    refusals: 0,
    unanswered: 0,
    push_paused_until: isOneOf(PAUSED) ? now + HOUR : 0,
    passcode_failures: 0,
    passcodes_locked_until: isOneOf(LOCKED) ? now + HOUR : 0,
    places: '[]',
    clients: '[]',
    denied_at: 0,
  }
}

type Group = { id: GroupId; share: number }

/** Two that are large, departments, and a small team for every five hundred people. */
const LARGE = [
  ['Staff', 0.85],
  ['Contractors', 0.1],
] as const
const DEPARTMENTS = 'Audit Canteen Cargo Crews Customs Design Docks Engineering Finance Legal Night_shift Pilots Sales'
const EACH_TEAM = 500

async function sowGroups(store: Store, crowd: Crowd): Promise<Group[]> {
  const departments = DEPARTMENTS.split(' ').map((name) => [name.replaceAll('_', ' '), 1 / 13] as const)
  const count = Math.ceil(crowd.users / EACH_TEAM)
  const teams = Array.from({ length: count }, (_, n) => [`Team ${n + 1}`, 0.5 / count] as const)
  const named = [...LARGE, ...departments, ...teams]
  const rows = named.map(([name], at) => {
    const shown = marked(name, crowd.seed)
    return {
      id: idAt('grp', crowd.seed, { at, of: named.length }),
      name: shown,
      name_key: shown.toLowerCase(),
      version: 1,
      external_id: null,
      created_at: crowd.now,
    }
  })
  await store.write((tx) => insertAll(tx, store.engine, 'groups', rows))
  return rows.map(({ id }, at) => ({ id, share: named[at]?.[1] ?? 0 }))
}

/** Each large group by itself; one department; half have a team. */
function membershipsOf({ seed }: Crowd, { at, id }: Person, groups: readonly Group[]) {
  const chance = new Chance(seed, at, 4)
  const large = groups.slice(0, LARGE.length).filter(({ share }) => chance.share() < share)
  const rest = groups.slice(LARGE.length)
  const departments = rest.slice(0, 13)
  const teams = rest.slice(13)
  const own = [...large, chance.of(departments), ...(chance.share() < 0.5 ? [chance.of(teams)] : [])]
  return own.map((group) => ({ group_id: group.id, user_id: id }))
}
