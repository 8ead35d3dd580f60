// Ids of the LDAP directory are given and taken by that one alone. Attack stopped: whoever provisions by SCIM gives somebody
// the id of another's entry there, whose password is then theirs here; or takes one away, so that another's entry gets it.
import { FROM_DIRECTORY } from '../directory/external.ts'
import { Refusal } from './refusal.ts'

/**
 * The id that is had from now on: where none is given, one of the LDAP directory stays, for other directories know none.
 * @param given undefined: nothing was said of it @throws {Refusal} invalidValue
 */
export function externalIdAfter<Given extends string | null | undefined>(
  given: Given,
  seen: string | null = null,
): Given | string {
  if (given == null) return isForeign(seen) ? seen : given
  if (given === seen || !(isForeign(given) || isForeign(seen))) return given
  throw new Refusal(400, 'invalidValue', `externalId is of the LDAP directory where it begins with ${FROM_DIRECTORY}.`)
}

const isForeign = (id: string | null): id is string => id?.toLowerCase().startsWith(FROM_DIRECTORY) ?? false
