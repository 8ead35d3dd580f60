// Ids of the LDAP directory are given by that one alone. Attack stopped: whoever provisions by SCIM gives somebody the id
// of another's entry there, whose password is then theirs here.
import { FROM_DIRECTORY } from '../directory/external.ts'
import { Refusal } from './refusal.ts'

/** What is so already may be sent back. @throws {Refusal} invalidValue */
export function refuseForeignId(given: string | null | undefined, seen: string | null = null): void {
  if (given == null || given === seen || !given.toLowerCase().startsWith(FROM_DIRECTORY)) return
  throw new Refusal(
    400,
    'invalidValue',
    `externalId must not begin with ${FROM_DIRECTORY}: such are of the LDAP directory.`,
  )
}
