// Groups of people, and the words by which people are found.
import type { Generated } from 'kysely'
import type { GroupId, UserId } from '../../protocol/ids.ts'

export type GroupsTable = {
  id: GroupId
  name: string
  /** what names are compared by */
  name_key: string
  /** rises with every change of the row */
  version: number
  /** what a directory that provisions it calls it */
  external_id: string | null
  created_at: number
  /** rises whenever somebody joins or leaves */
  members_version: Generated<number>
  /** when the row or its members last changed */
  changed_at: Generated<number>
}

export type GroupMembersTable = { group_id: GroupId; user_id: UserId }

/** Each word of a name and of a mail address, compared as user names are: a search for its beginning is a range. */
export type UserWordsTable = { word: string; user_id: UserId }

export type GroupSchema = {
  groups: GroupsTable
  group_members: GroupMembersTable
  user_words: UserWordsTable
}
