// Who of the organisation did something, for the audit log and for the one function that authorises.
import type { Role } from '../../protocol/permissions.ts'

export type Actor = {
  kind: 'operator' | 'api-token' | 'command-line'
  /** null: the command line, which whoever owns the server may use */
  id: string | null
  name: string
  role: Role
  /** what they were doing: a key of the table of permissions, or what leads to a session */
  act: string
}
