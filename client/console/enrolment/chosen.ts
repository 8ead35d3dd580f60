// For whom links are to be made.
export type Chosen = {
  who: 'users' | 'group' | 'unenrolled'
  users?: readonly string[]
  group?: string
  groupName?: string | undefined
  /** how many people that is, as far as is known */
  count: number
}
