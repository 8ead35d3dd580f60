// What the organisation asks of sign-ins. People type `organisation`, or the id of a group or an application.

import {
  explainPolicyCall,
  type Foreseen,
  policyExplained,
  policyHistory,
  policyHistoryCall,
  policyList,
  policyPath,
  policyPreview,
  policyView,
  previewPolicyCall,
  setPolicyCall,
  undoPolicyCall,
} from '../../../protocol/operator-api/policies.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import {
  type Policy,
  type PolicyMember,
  type PolicyScope,
  PRESETS,
  TOKEN_MEMBERS,
  withoutVain,
} from '../../../protocol/policy.ts'
import { Problem } from '../../../protocol/problems.ts'
import type { Assembly } from '../../assemble.ts'
import { previewPolicy } from '../../foresight/preview.ts'
import { explainPolicy } from '../../policy/explain.ts'
import { listPolicies, policyHistoryOf, setPolicy, shownPolicy, undoPolicy } from '../../policy/stored.ts'
import { lookingOn } from '../../store/store.ts'
import { act } from '../act.ts'
import type { Given } from '../typed/option.ts'
import { table } from '../typed/table.ts'
import { personNamed } from './person.ts'

const unsaid = (member: PolicyMember) => (TOKEN_MEMBERS.includes(member) ? 'as the token says' : 'not said')
const written = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
const members = (policy: Policy) => Object.entries(policy).map(([member, value]) => [member, written(value)])

const BEGINNING = 'asks nothing; to begin with: npx countersign policy set organisation --preset recommended'

function asked(policy: Policy, scope: PolicyScope): string[] {
  if (Object.keys(policy).length > 0) return table(members(policy))
  return [scope === 'organisation' ? BEGINNING : 'asks nothing of its own']
}

const seen = async ({ scope }: Given, { store }: Assembly) =>
  (await shownPolicy(store.read, policyPath.parse({ scope }).scope)).version

/** @throws {Problem} invalid */
function policyTyped({ scope, policy, preset }: Given): unknown {
  if (typeof preset === 'string') {
    if (Object.hasOwn(PRESETS, preset)) return withoutVain(String(scope), PRESETS[preset as keyof typeof PRESETS])
    throw refused('/preset', `must be one of ${Object.keys(PRESETS).join(', ')}`)
  }
  try {
    return JSON.parse(String(policy))
  } catch {
    throw refused('/policy', 'must be JSON, as {"numberMatching":"on"}')
  }
}

const refused = (where: string, why: string) => new Problem('invalid', { members: { errors: { [where]: why } } })

const WRITTEN = {
  policy: { value: 'JSON', about: 'the whole document; {} asks for nothing' },
  preset: {
    value: 'NAME',
    about: `${Object.keys(PRESETS).join(', ')}; at an application without what holds for a person`,
  },
}

const FORESEEN: Record<Foreseen['what'], string> = {
  approval: 'can’t approve by one press any more',
  devices: 'have more devices than that: they keep them, and add none',
  passcodes: 'typed passcodes in the last four weeks, and can’t any more',
  network: 'would have been refused by their network',
  country: 'would have been refused by their country',
  hours: 'would have been refused by the hour',
}
const foreseenLine = ({ what, people, more, signIns, of }: Foreseen) =>
  `${people}${more ? ' or more' : ''} people ${FORESEEN[what]}${of === null ? '' : `: ${signIns} of the newest ${of} sign-ins`}.`

const by = (scope: PolicyScope, name: string | null) =>
  scope === 'organisation' ? 'the organisation' : (name ?? scope)

export const policyActs = [
  act({
    name: 'policies.list',
    http: ['GET', '/policies'],
    summary: 'shows what the organisation, its groups and its applications ask of sign-ins',
    input: nothing,
    output: policyList,
    cli: {
      name: 'policy list',
      operands: [],
      lines: ({ policies }) =>
        policies.flatMap(({ scope, name, policy }) => [
          name === null ? scope : `${name} (${scope})`,
          ...asked(policy, scope).map((line) => `  ${line}`),
        ]),
    },
    run: async (parts) => ({ policies: await listPolicies(parts) }),
  }),
  act({
    name: 'policies.show',
    http: ['GET', '/policies/:scope'],
    summary: 'shows one policy',
    input: policyPath,
    output: policyView,
    cli: { name: 'policy show', operands: ['scope'], lines: ({ policy, scope }) => asked(policy, scope) },
    run: ({ store }, { scope }) => shownPolicy(store.read, scope),
  }),
  act({
    name: 'policies.set',
    http: ['PUT', '/policies/:scope'],
    summary: 'puts a whole policy in the place of the one that held',
    input: setPolicyCall,
    output: policyView,
    dangerous: true,
    versioned: true,
    cli: {
      name: 'policy set',
      operands: ['scope'],
      options: WRITTEN,
      input: async (given, parts) => ({
        scope: given.scope,
        policy: policyTyped(given),
        version: await seen(given, parts),
      }),
      lines: ({ version, policy }) => [`Version ${version} holds.`, ...table(members(policy))],
    },
    run: setPolicy,
  }),
  act({
    name: 'policies.undo',
    http: ['POST', '/policies/:scope/undo'],
    summary: 'lets an older version of a policy hold again: the one before, or the one that is named',
    input: undoPolicyCall,
    output: policyView,
    dangerous: true,
    versioned: true,
    cli: {
      name: 'policy undo',
      operands: ['scope'],
      options: { to: { value: 'VERSION', about: 'the one before where not given' } },
      input: async (given, parts) => ({
        scope: given.scope,
        version: await seen(given, parts),
        ...(given.to !== undefined && { to: Number(given.to) }),
      }),
      lines: ({ version, policy }) => [`Version ${version} holds.`, ...table(members(policy))],
    },
    run: undoPolicy,
  }),
  act({
    name: 'policies.history',
    http: ['GET', '/policies/:scope/history'],
    summary: 'shows the versions of a policy, newest first',
    input: policyHistoryCall,
    output: policyHistory,
    cli: {
      name: 'policy history',
      operands: ['scope'],
      lines: ({ versions }) =>
        table(versions.map(({ version, at, by, policy }) => [String(version), at, by, JSON.stringify(policy)])),
    },
    run: policyHistoryOf,
  }),
  act({
    name: 'policies.preview',
    http: ['POST', '/policies/:scope/preview'],
    summary: 'tells whom a policy would concern and who could not answer any more, and stores nothing',
    input: previewPolicyCall,
    output: policyPreview,
    cli: {
      name: 'policy preview',
      operands: ['scope'],
      options: WRITTEN,
      input: async (given) => ({ scope: given.scope, policy: policyTyped(given) }),
      lines: ({ people, stopped, more, who, foreseen }) => [
        `Concerns ${people} people.`,
        `${stopped}${more ? ' or more' : ''} of them have no token left that may be asked.`,
        ...who.map(({ username }) => `  ${username}`),
        ...foreseen.map(foreseenLine),
      ],
    },
    run: (parts, asked) => previewPolicy(lookingOn(parts), asked),
  }),
  act({
    name: 'policies.explain',
    http: ['GET', '/users/:id/policy'],
    summary: 'tells what holds for a person, at an application or wherever none is, and why',
    input: explainPolicyCall,
    output: policyExplained,
    cli: {
      name: 'policy explain',
      operands: ['username'],
      options: { application: { value: 'ID', about: 'where they sign in' } },
      input: async (given, parts) => ({
        id: (await personNamed(given, parts)).id,
        ...(given.application !== undefined && { application: given.application }),
      }),
      lines: ({ members: all }) =>
        table(
          all.map(({ member, value, from }) => [
            member,
            value === null ? unsaid(member) : written(value),
            from.length === 0 ? '' : `by ${from.map(({ scope, name }) => by(scope, name)).join(', ')}`,
          ]),
        ),
    },
    run: (parts, { id, application }) => explainPolicy(parts, { user: id, application }),
  }),
]
