// A directory beside our own that may know a person's password.
import type { UserRow } from './rows.ts'

/** What the ids of people and groups of the directory begin with here. */
export const FROM_DIRECTORY = 'ldap:'

export type MayTry = (externalId: string) => Promise<boolean>

export type ExternalDirectory = {
  /**
   * The person whose name and password these are, as they are known here.
   * @param mayTry asked with the id of the one whom the name means: no password of theirs is tried where it says no
   * @throws {Problem} directory-unreachable
   */
  signIn(username: string, password: string, mayTry: MayTry): Promise<UserRow | undefined>
}

/** Whether their password is kept in the directory alone, so that it is changed there and nowhere else. */
export function isPasswordElsewhere(
  external: ExternalDirectory | undefined,
  { password_hash: hash, external_id: id }: Pick<UserRow, 'password_hash' | 'external_id'>,
): boolean {
  return external !== undefined && hash === null && (id?.startsWith(FROM_DIRECTORY) ?? false)
}
