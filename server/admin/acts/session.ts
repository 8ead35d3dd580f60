// Signing in, and who is signed in.

import { timestamp } from '../../../protocol/login-request.ts'
import {
  acceptInvitationCall,
  invitationOffer,
  nothing,
  openInvitationCall,
  passkeyAnswer,
  type SessionView,
  sessionView,
  signInOptions as signInOptionsView,
} from '../../../protocol/operator-api/session.ts'
import type { Assembly } from '../../assemble.ts'
import type { Actor } from '../../audit/actor.ts'
import { acceptInvitation, openInvitation } from '../../operators/invitations.ts'
import { freshUntil, type NewSession, type Session } from '../../operators/sessions.ts'
import { actorOf, confirm, confirmOptions, signIn, signInOptions, signOut } from '../../operators/sign-in.ts'
import { type AdminCall, act, openAct, sessionAct } from '../act.ts'

function view({ organisation }: Assembly, actor: Omit<Actor, 'act'>, session: Session | undefined): SessionView {
  const { kind, id, name, role } = actor
  return {
    organisation: organisation.name,
    actor: { kind, id, name, role },
    session: session
      ? { expiresAt: timestamp(session.session.expires_at), freshUntil: timestamp(freshUntil(session.session)) }
      : null,
  }
}

function begun(parts: Assembly, session: NewSession, { browser }: AdminCall): SessionView {
  browser.keep(session.secret)
  return view(parts, actorOf(session.operator), session)
}

export const sessionActs = [
  act({
    name: 'session.show',
    http: ['GET', '/session'],
    summary: 'says who calls',
    input: nothing,
    output: sessionView,
    run: async (parts, _input, actor, { session }) => view(parts, actor, session),
  }),
  openAct({
    name: 'session.sign-in-options',
    http: ['POST', '/session/options'],
    summary: 'gives what a browser asks a passkey with',
    input: nothing,
    output: signInOptionsView,
    run: async (parts) => ({ options: signInOptions(parts) }),
  }),
  openAct({
    name: 'session.sign-in',
    http: ['POST', '/session/sign-in'],
    summary: 'begins a session by a passkey; the answer sets the cookie',
    input: passkeyAnswer,
    output: sessionView,
    status: 201,
    run: async (parts, { response }, call) => begun(parts, await signIn(parts, response, call.from), call),
  }),
  sessionAct({
    name: 'session.sign-out',
    http: ['DELETE', '/session'],
    summary: 'ends this session',
    input: nothing,
    run: async (parts, _input, session, { actor, browser }) => {
      await signOut(parts, session, actor)
      browser.forget()
    },
  }),
  sessionAct({
    name: 'session.confirm-options',
    http: ['POST', '/session/confirm/options'],
    summary: 'gives what a browser asks the passkey with before something dangerous',
    input: nothing,
    output: signInOptionsView,
    run: async (parts, _input, session) => ({ options: await confirmOptions(parts, session) }),
  }),
  sessionAct({
    name: 'session.confirm',
    http: ['POST', '/session/confirm'],
    summary: 'shows the passkey again: for 5 minutes dangerous acts are possible',
    input: passkeyAnswer,
    output: sessionView,
    run: async (parts, { response }, session, { actor, from }) =>
      view(parts, actor, await confirm(parts, session, { response, by: actor, from })),
  }),
  openAct({
    name: 'invitations.open',
    http: ['POST', '/invitations/open'],
    summary: 'says whom a one-time link is for, and gives what a browser makes the passkey with',
    input: openInvitationCall,
    output: invitationOffer,
    run: (parts, { code }, { from }) => openInvitation(parts, code, from),
  }),
  openAct({
    name: 'invitations.accept',
    http: ['POST', '/invitations/accept'],
    summary: 'uses a one-time link up: the new passkey replaces former ones and begins a session',
    input: acceptInvitationCall,
    output: sessionView,
    status: 201,
    run: async (parts, acceptance, call) => begun(parts, await acceptInvitation(parts, acceptance, call.from), call),
  }),
]
