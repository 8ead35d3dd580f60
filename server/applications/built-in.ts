// What asks people as an application does, and is none of the organisation's: in no table, with no key, for nobody to
// change. Each has an id of its own, since what is asked is told apart by it.
import type { ApplicationId } from '../../protocol/ids.ts'

const builtIn = (number: number) => `app_${String(number).padStart(26, '0')}` as ApplicationId

/** Where people look after their own account. */
export const ACCOUNT = builtIn(0)
/** Whoever is on the telephone. */
export const HELP_DESK = builtIn(1)
