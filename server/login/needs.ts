// What the login page's edge is given; the assembly has it all.
import type { ExternalDirectory } from '../directory/external.ts'
import type { Passwords } from '../directory/passwords.ts'
import type { AddressOf } from '../http/client-address.ts'
import type { Call } from '../http/env.ts'
import type { VerifyNeeds } from '../passcodes/verify.ts'
import type { CreateNeeds } from '../requests/create.ts'
import type { WaitNeeds } from '../requests/wait.ts'
import type { Authorizations } from './authorization.ts'

export type LoginNeeds = CreateNeeds &
  VerifyNeeds &
  WaitNeeds & {
    passwords: Passwords
    /** where an organisation's own directory knows passwords */
    external?: ExternalDirectory | undefined
    authorizations: Authorizations
    organisation: { name: string }
    publicOrigin: string
    addressOf: AddressOf
    /** the built page */
    page: (c: Call) => Response
    stopping: AbortSignal
  }
