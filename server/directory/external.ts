// A directory beside our own that may know a person's password.
import type { UserRow } from './rows.ts'

export type ExternalDirectory = {
  /**
   * The person whose name and password these are, as they are known here.
   * @throws {Problem} directory-unreachable
   */
  signIn(username: string, password: string): Promise<UserRow | undefined>
}
