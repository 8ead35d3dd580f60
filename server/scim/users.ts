// /Users (RFC 7644 §3): each call is read, carried out by the directory as an operator's act would be, and answered.
import { type UserId, userId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { parseOrRefuse } from '../../protocol/schema-problem.ts'
import type { Assembly } from '../assemble.ts'
import { alignUser } from '../directory/changes.ts'
import { type GroupRow, groupsOf, groupsOfEach } from '../directory/groups.ts'
import { usersMatching } from '../directory/matching/users.ts'
import { removeUser } from '../directory/remove.ts'
import type { UserRow } from '../directory/rows.ts'
import { addUser, knownUser } from '../directory/users.ts'
import type { Call } from '../http/env.ts'
import type { Addresses } from '../http/routes.ts'
import { listOf, nothing, resourceAnswer, scimJson } from './answer.ts'
import { actorOf } from './authenticate.ts'
import { readScim } from './body.ts'
import { type Bookmarks, bookmarks } from './bookmarks.ts'
import { asked, type Looking, userCondition } from './conditions.ts'
import { externalIdAfter } from './foreign-ids.ts'
import { operationsOf } from './patch.ts'
import { type Query, queryOf, searchOf, shapeOf } from './query.ts'
import type { Resource } from './resource.ts'
import { shaped, wants } from './shape.ts'
import { changed } from './user-patch.ts'
import { changeable, userBody, userEtag, userResource, wishOf } from './user-resource.ts'
import { isKnown, overwriting } from './versions.ts'

export function userAddresses(parts: Assembly): Addresses {
  const marks = bookmarks(parts.clock)
  return {
    '/Users': { GET: async (c) => list(parts, marks, c, queryOf(c)), POST: (c) => add(parts, c) },
    '/Users/.search': { POST: async (c) => list(parts, marks, c, searchOf(c)) },
    '/Users/:id': {
      GET: (c) => show(parts, c),
      PUT: (c) => replace(parts, c, () => readScim(c, userBody)),
      PATCH: (c) => patch(parts, c),
      DELETE: (c) => remove(parts, c),
    },
  }
}

/** Each directory that provisions has bookmarks of its own. */
const list = async (parts: Assembly, marks: Bookmarks, c: Call, query: Query) => {
  const name = `${actorOf(c).id} ${query.filter ?? ''}`
  const { total, resources, last } = await usersShown(parts, query, { after: marks.before(name, query.first) })
  if (last) marks.leave(name, query.first + resources.length, last.username_key)
  return scimJson(listOf(resources, { total, first: query.first }))
}

/** @throws {Refusal} invalidFilter, tooMany */
export async function usersShown({ store, publicOrigin }: Assembly, query: Query, { after, lacks }: Looking = {}) {
  const condition = query.filter === undefined ? undefined : userCondition(query.filter, lacks)
  const page = { offset: query.first - 1, limit: query.count, after }
  const { total, users } = await asked(() => usersMatching(store.read, condition, page))
  const hasGroups = wants(query, 'groups') || wants(query, 'meta')
  const groups = hasGroups
    ? await groupsOfEach(
        store.read,
        users.map(({ id }) => id),
      )
    : new Map<UserId, GroupRow[]>()
  const resources = users.map((row) => shaped(userResource(row, groups.get(row.id) ?? [], publicOrigin), query))
  return { total, resources, last: users.at(-1) }
}

/** An id that is none of ours is nobody's. @throws {Problem} unknown-user */
function idOf(c: Call): UserId {
  const { data } = userId.safeParse(c.req.param('id'))
  if (data === undefined) throw new Problem('unknown-user')
  return data
}

async function resourceOf({ store, publicOrigin }: Assembly, row: UserRow): Promise<Resource> {
  return userResource(row, await groupsOf(store.read, row.id), publicOrigin)
}

async function show(parts: Assembly, c: Call): Promise<Response> {
  const resource = await resourceOf(parts, await knownUser(parts.store.read, idOf(c)))
  const { version } = resource.meta
  if (isKnown(c, version)) return new Response(null, { status: 304, headers: { ETag: version } })
  return resourceAnswer(resource, shapeOf(c))
}

async function add(parts: Assembly, c: Call): Promise<Response> {
  const wish = wishOf(readScim(c, userBody))
  const row = await addUser(parts, { ...wish, externalId: externalIdAfter(wish.externalId) }, actorOf(c))
  return resourceAnswer(await resourceOf(parts, row), shapeOf(c), 201)
}

/** @param bodyOf from the person as they are */
async function replace(
  parts: Assembly,
  c: Call,
  bodyOf: (row: UserRow) => ReturnType<typeof readScim<Parameters<typeof wishOf>[0]>>,
): Promise<Response> {
  const id = idOf(c)
  const { read } = parts.store
  const row = await overwriting(c, async (isSeen) => {
    const seen = await knownUser(read, id)
    isSeen(userEtag(seen, await groupsOf(read, id)))
    const wish = wishOf(bodyOf(seen))
    const externalId = externalIdAfter(wish.externalId, seen.external_id)
    return alignUser(parts, { id, version: seen.version, ...wish, externalId }, actorOf(c))
  })
  return resourceAnswer(await resourceOf(parts, row), shapeOf(c))
}

async function patch(parts: Assembly, c: Call): Promise<Response> {
  const operations = operationsOf(c)
  return replace(parts, c, (row) => parseOrRefuse(userBody, changed(changeable(row), operations)))
}

async function remove(parts: Assembly, c: Call): Promise<Response> {
  const id = idOf(c)
  const { read } = parts.store
  await overwriting(c, async (isSeen) => {
    isSeen(userEtag(await knownUser(read, id), await groupsOf(read, id)))
    await removeUser(parts, id, actorOf(c))
    return true
  })
  return nothing()
}
