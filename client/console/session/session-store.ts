// Who is signed in, and every call to the server: a session that has ended and a passkey that is asked for again are
// the same on every page, so they are dealt with here.
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { InvitationOffer, SessionView } from '../../../protocol/operator-api/session.ts'
import type { RequestOptions } from '../../../protocol/operator-api/webauthn.ts'
import { type ActName, mayAct } from '../../../protocol/permissions.ts'
import { callServer, type Method, Refusal, type Sent, Unreachable } from '../conversation.ts'
import { makePasskey, usePasskey } from './ceremony.ts'

type State = 'loading' | 'unreachable' | 'signed-out' | 'signed-in'

/** The person did not want to show their passkey again. */
export class NotConfirmed extends Error {
  override readonly name = 'NotConfirmed'
}

export const useSession = defineStore('session', () => {
  const state = shallowRef<State>('loading')
  const view = shallowRef<SessionView>()
  const hasEnded = shallowRef(false)
  /** a dangerous call that waits for the passkey */
  const waiting = shallowRef<{ go: () => void; leave: () => void }>()
  const actor = computed(() => view.value?.actor)
  const role = computed(() => actor.value?.role)

  function begin(session: SessionView) {
    view.value = session
    hasEnded.value = false
    state.value = 'signed-in'
  }

  function end(ended: boolean) {
    view.value = undefined
    hasEnded.value = ended
    state.value = 'signed-out'
    waiting.value?.leave()
  }

  async function load(): Promise<void> {
    try {
      begin(await callServer<SessionView>('GET', '/session'))
    } catch (error) {
      if (error instanceof Unreachable) state.value = 'unreachable'
      else if (error instanceof Refusal && error.slug === 'unauthenticated') end(false)
      else throw error
    }
  }

  /**
   * Where the server wants to see the passkey first, the person is asked and the call is made again.
   * @throws {Refusal | Unreachable | NotConfirmed}
   */
  async function call<Answer>(method: Method, path: string, sent?: Sent): Promise<Answer> {
    try {
      return await callServer<Answer>(method, path, sent)
    } catch (error) {
      if (error instanceof Refusal && error.slug === 'unauthenticated') end(true)
      // The role has changed since: what is shown goes by the new one.
      if (error instanceof Refusal && error.slug === 'forbidden') await load()
      if (!(error instanceof Refusal && error.slug === 'fresh-passkey-required')) throw error
      await confirmed()
      return callServer<Answer>(method, path, sent)
    }
  }

  function confirmed(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      waiting.value = { go: resolve, leave: () => reject(new NotConfirmed('the passkey was not shown')) }
    }).finally(() => {
      waiting.value = undefined
    })
  }

  /** @throws {Refusal | Unreachable | CeremonyFailed} */
  async function confirm(): Promise<void> {
    const { options } = await callServer<{ options: RequestOptions }>('POST', '/session/confirm/options')
    const response = await usePasskey(options)
    begin(await callServer<SessionView>('POST', '/session/confirm', { body: { response } }))
    waiting.value?.go()
  }

  /** @throws {Refusal | Unreachable | CeremonyFailed} */
  async function signIn(): Promise<void> {
    const { options } = await callServer<{ options: RequestOptions }>('POST', '/session/options')
    const response = await usePasskey(options)
    begin(await callServer<SessionView>('POST', '/session/sign-in', { body: { response } }))
  }

  async function signOut(): Promise<void> {
    await call('DELETE', '/session')
    end(false)
  }

  const openInvitation = (code: string) => callServer<InvitationOffer>('POST', '/invitations/open', { body: { code } })

  /** Opened anew: a challenge is good for 5 minutes, and people think about their name. */
  async function acceptInvitation(code: string, name: string): Promise<void> {
    const { options } = await openInvitation(code)
    const response = await makePasskey({ ...options, user: { ...options.user, name, displayName: name } })
    begin(await callServer<SessionView>('POST', '/invitations/accept', { body: { code, name, response } }))
  }

  const may = (act: ActName) => role.value !== undefined && mayAct(role.value, act)

  return {
    state,
    view,
    actor,
    role,
    hasEnded,
    waiting,
    load,
    call,
    confirm,
    signIn,
    signOut,
    openInvitation,
    acceptInvitation,
    may,
  }
})
