// An authorization waiting for its person, as the login page's edge sees it.
import type { Interaction, Provider } from 'oidc-provider'
import type { RequestId, UserId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import type { Call } from '../http/env.ts'
import type { Db } from '../store/schema.ts'
import { replaceArtifact } from './artifact-rows.ts'
import { type RequestedAcr, requestedAcr } from './requested-acr.ts'
import { type AdapterNeeds, unsaved } from './sealed-artifacts.ts'

/** Who signed in, and how; for the claims of the same names. */
export type SignedIn = {
  user: UserId
  amr: string[]
  acr: string
  /** milliseconds */
  at: number
  /** the approval it came from */
  request?: RequestId | null
  /** the sign-in under way, which the last step takes */
  signIn: string
}

export type PendingAuthorization = {
  uid: string
  clientId: string
  /** milliseconds */
  expiresAt: number
  /** the name the application expects, where it said so */
  loginHint: string | undefined
  /** who it is to be, and nobody else: another showed their first factor */
  boundTo?: UserId
  /** absent: however the policies will have it */
  acr?: RequestedAcr
  /** Of one sign-in once; told again it changes nothing. @returns where the browser goes on, with a code at the end */
  accept(signedIn: SignedIn): Promise<string>
  /** @returns what `accept` would write, for the transaction that lets the person in; absent: it writes nothing */
  accepting?(signedIn: SignedIn): Promise<(tx: Db) => Promise<void>>
  /** @returns where the browser goes back to the application without having signed in */
  refuse(): Promise<string>
}

export type Authorizations = {
  /** The one named, if this browser began it: its cookie says so, the name alone opens nothing. */
  of(c: Call, uid: string): Promise<PendingAuthorization | undefined>
}

export function authorizations(provider: () => Promise<Provider>, needs: AdapterNeeds): Authorizations {
  return {
    async of(c, uid) {
      const interaction = await began(provider, c)
      return interaction?.uid === uid ? pending(needs, interaction) : undefined
    },
  }
}

/** By its name: the class comes with the library, which is loaded only where it is needed. */
const isOver = (error: unknown) => error instanceof Error && error.name === 'SessionNotFound'

async function began(provider: () => Promise<Provider>, c: Call): Promise<Interaction | undefined> {
  if (!c.env) return undefined
  try {
    return await (await provider()).interactionDetails(c.env.incoming, c.env.outgoing)
  } catch (error) {
    if (isOver(error)) return undefined
    throw error
  }
}

function pending(needs: AdapterNeeds, interaction: Interaction): PendingAuthorization {
  const { client_id: clientId, login_hint: loginHint } = interaction.params
  return {
    uid: interaction.uid,
    clientId: String(clientId),
    expiresAt: (interaction.exp ?? 0) * 1000,
    loginHint: typeof loginHint === 'string' ? loginHint : undefined,
    acr: requestedAcr(interaction.params),
    async accept(signedIn) {
      if (interaction.result?.signIn === signedIn.signIn) return interaction.returnTo
      return finish(interaction, resultOf(signedIn))
    },
    async accepting(signedIn) {
      interaction.result = resultOf(signedIn)
      const row = await unsaved(needs, interaction, () => interaction.persist())
      return async (tx) => {
        if (!(await replaceArtifact(tx, row))) throw new Problem('no-sign-in')
      }
    },
    refuse: () => finish(interaction, { error: 'access_denied', error_description: 'the person did not sign in' }),
  }
}

function resultOf({ user, amr, acr, at, request = null, signIn }: SignedIn): Interaction['result'] {
  const login = { accountId: user, amr, acr, ts: Math.floor(at / 1000), remember: false }
  return { login, consent: {}, select_account: {}, request, signIn }
}

/** @throws {Problem} no-sign-in: the browser has gone on with it meanwhile */
async function finish(interaction: Interaction, result: Interaction['result']): Promise<string> {
  interaction.result = result
  await interaction.persist().catch((error: unknown) => {
    throw isOver(error) ? new Problem('no-sign-in') : error
  })
  return interaction.returnTo
}
