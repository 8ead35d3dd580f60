// Who it is, for the site behind the proxy. Every header is there every time: the proxy writes it over whatever the
// client may have sent under that name.
import type { Visitor } from './sessions.ts'

/** UTF-8 as bytes, which is how proxies hand headers on; none of our texts has control characters. */
const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

/** A comma parts groups, so one in a name is written `%2C`. */
const inList = (name: string) => name.replaceAll('%', '%25').replaceAll(',', '%2C')

export function visitorHeaders({ id, username, display_name, email, groups }: Visitor): Record<string, string> {
  return {
    'X-Countersign-User': bytes(username),
    'X-Countersign-User-Id': id,
    'X-Countersign-Name': bytes(display_name),
    'X-Countersign-Email': bytes(email ?? ''),
    'X-Countersign-Groups': bytes(groups.map(inList).join(',')),
  }
}
