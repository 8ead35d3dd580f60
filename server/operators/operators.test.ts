// Who may do what to whom among operators, whichever door the act came by.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiTokenId, OperatorId } from '../../protocol/ids.ts'
import { ManualClock } from '../../test/support/clock.ts'
import { ENGINES, openStore } from '../../test/support/engines.ts'
import { random } from '../../test/support/enrolled.ts'
import { beforeWriting } from '../../test/support/interrupted-store.ts'
import type { Actor } from '../audit/actor.ts'
import { digest } from '../store/digest.ts'
import type { Store } from '../store/store.ts'
import { apiTokenOf, makeApiToken, revokeApiToken } from './api-tokens.ts'
import { invitationByHash } from './invitation-rows.ts'
import { changeRole, inviteOperator, removeOperator, renewLink } from './operators.ts'

const OWNER: Actor = { kind: 'command-line', id: null, name: 'command line', role: 'owner', act: 'test' }

describe.each(ENGINES)('operators on %s', (engine) => {
  let store: Store
  const clock = new ManualClock()
  const needs = () => ({ store, clock, random, publicOrigin: 'https://login.example' })
  beforeAll(async () => {
    store = await openStore(engine)
  })
  afterAll(() => store.close())

  let people = 0
  async function invited(role: 'owner' | 'administrator') {
    const { operator, signInUrl } = await inviteOperator(needs(), { name: `Operator ${++people}x`, role }, OWNER)
    const link = async (url = signInUrl) => invitationByHash(store.read, digest(url.split('#')[1] ?? ''))
    const id = operator.id as OperatorId
    const self: Actor = { kind: 'operator', id, name: operator.name, role, act: 'test' }
    return { id, version: operator.version, self, link }
  }
  const program = async (by: Actor, role: 'owner' | 'administrator' | 'auditor') => {
    const made = await makeApiToken(needs(), { name: 'program', role, expiresInDays: 2 }, by)
    const id = made.token.id as ApiTokenId
    const self: Actor = { kind: 'api-token', id, name: 'program', role, act: 'test' }
    return { id, self, secret: made.apiToken }
  }

  it('no administrator makes, invites again, lowers, raises or removes an owner, nor ends an owner’s program', async () => {
    const [owner, { self: administrator, ...other }] = [await invited('owner'), await invited('administrator')]
    const owned = await program(owner.self, 'owner')
    const acts = [
      () => inviteOperator(needs(), { name: 'Another owner', role: 'owner' }, administrator),
      () => renewLink(needs(), { id: owner.id }, administrator),
      () => changeRole(needs(), { id: owner.id, version: owner.version, role: 'auditor' }, administrator),
      () => changeRole(needs(), { id: other.id, version: other.version, role: 'owner' }, administrator),
      () => removeOperator(needs(), { id: owner.id }, administrator),
      () => makeApiToken(needs(), { name: 'x', role: 'owner', expiresInDays: 1 }, administrator),
      () => revokeApiToken(needs(), owned.id, administrator),
    ]
    for (const act of acts) await expect(act()).rejects.toMatchObject({ slug: 'forbidden' })
    expect(await apiTokenOf(needs(), owned.secret)).toMatchObject({ role: 'owner' })
  })

  it('a link that was made anew is the only one', async () => {
    const { id, link } = await invited('administrator')
    expect(await link()).toMatchObject({ operator_id: id })
    const { signInUrl } = await renewLink(needs(), { id }, OWNER)
    expect([await link(), await link(signInUrl)]).toMatchObject([undefined, { operator_id: id }])
  })

  it('whoever is removed leaves no link', async () => {
    await invited('owner')
    const { id, link } = await invited('owner')
    await removeOperator(needs(), { id }, OWNER)
    expect(await link()).toBeUndefined()
  })

  it('a program that is revoked in that very moment makes no other', async () => {
    const stolen = await program((await invited('owner')).self, 'administrator')
    const late = { ...needs(), store: beforeWriting(store, () => revokeApiToken(needs(), stolen.id, OWNER)) }
    const asked = { name: 'x', role: 'auditor', expiresInDays: 1 } as const
    await expect(makeApiToken(late, asked, stolen.self)).rejects.toMatchObject({ slug: 'unauthenticated' })
    await expect(makeApiToken(needs(), asked, stolen.self)).rejects.toMatchObject({ slug: 'unauthenticated' })
    const left = await store.read.selectFrom('api_tokens').select('id').where('made_by_token', '=', stolen.id).execute()
    expect(left).toEqual([])
  })
})
