// Who has shown a session or a token, and how the audit log calls them.
import type { Actor } from '../audit/actor.ts'
import type { ApiTokenRow } from './api-token-rows.ts'
import type { Session } from './sessions.ts'
import { actorOf } from './sign-in.ts'

export type Authenticated =
  | { kind: 'operator'; session: Session; token?: undefined }
  | { kind: 'api-token'; token: ApiTokenRow; session?: undefined }

export function actorFor(who: Authenticated, act: string): Actor {
  if (who.kind === 'operator') return { ...actorOf(who.session.operator), act }
  const { id, name, role } = who.token
  return { kind: 'api-token', id, name, role, act }
}
