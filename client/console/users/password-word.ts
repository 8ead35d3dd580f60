// Whether somebody has a password, and where.
import type { UserView } from '../../../protocol/operator-api/users.ts'

export function passwordWord({ hasPassword, passwordElsewhere }: UserView) {
  if (passwordElsewhere) return 'users.passwordElsewhere'
  return hasPassword ? 'users.hasPassword' : 'users.noPassword'
}
