// Who runs this installation.
import {
  changeRoleCall,
  invitation,
  inviteCall,
  operatorList,
  operatorPath,
  operatorView,
} from '../../../protocol/operator-api/operators.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import { Problem } from '../../../protocol/problems.ts'
import type { Assembly } from '../../assemble.ts'
import { changeRole, inviteOperator, listOperators, removeOperator, renewLink } from '../../operators/operators.ts'
import { operatorByName } from '../../operators/rows.ts'
import { act } from '../act.ts'
import type { Given } from '../typed/option.ts'
import { table } from '../typed/table.ts'

/** People type names. @throws {Problem} unknown-operator */
async function named({ name }: Given, { store }: Assembly): Promise<{ id: string; version: number }> {
  const operator = await operatorByName(store.read, String(name))
  if (!operator) throw new Problem('unknown-operator')
  return { id: operator.id, version: operator.version }
}

const linkLines = ({ signInUrl, expiresAt }: { signInUrl: string; expiresAt: string }) => [
  `The link makes a passkey, once, until ${expiresAt}:`,
  '',
  `  ${signInUrl}`,
]

export const operatorActs = [
  act({
    name: 'operators.list',
    http: ['GET', '/operators'],
    summary: 'shows who runs this installation',
    input: nothing,
    output: operatorList,
    cli: {
      name: 'operator list',
      operands: [],
      lines: ({ operators }) =>
        operators.length === 0
          ? ['Nobody yet. Next: npx countersign operator add <name>']
          : table(operators.map(({ name, role, state, id }) => [name, role, state, id])),
    },
    run: async (parts) => ({ operators: await listOperators(parts) }),
  }),
  act({
    name: 'operators.invite',
    http: ['POST', '/operators'],
    summary: 'adds an operator, and makes the one-time link by which they sign in first',
    input: inviteCall,
    output: invitation,
    status: 201,
    dangerous: true,
    cli: {
      name: 'operator add',
      operands: ['name'],
      options: { role: { value: 'owner|administrator|help-desk|auditor', about: 'what they may do; owner if absent' } },
      input: async (given) => ({ role: 'owner', ...given }),
      json: ({ operator, signInUrl }) => ({ id: operator.id, signInUrl }),
      lines: (made) => [`Added ${made.operator.name} (${made.operator.role}).`, ...linkLines(made)],
    },
    run: inviteOperator,
  }),
  act({
    name: 'operators.renew-link',
    http: ['POST', '/operators/:id/link'],
    summary: 'makes a new one-time link for an operator who lost their passkeys; using it takes the old ones away',
    input: operatorPath,
    output: invitation,
    status: 201,
    dangerous: true,
    cli: {
      name: 'operator link',
      operands: ['name'],
      input: named,
      json: ({ operator, signInUrl }) => ({ id: operator.id, signInUrl }),
      lines: linkLines,
    },
    run: renewLink,
  }),
  act({
    name: 'operators.change-role',
    http: ['PATCH', '/operators/:id'],
    summary: 'gives an operator another role; the last owner keeps theirs',
    input: changeRoleCall,
    output: operatorView,
    dangerous: true,
    versioned: true,
    cli: {
      name: 'operator role',
      operands: ['name', 'role'],
      input: async (given, parts) => ({ ...(await named(given, parts)), role: given.role }),
      lines: ({ name, role }) => [`${name} is ${role} now.`],
    },
    run: changeRole,
  }),
  act({
    name: 'operators.remove',
    http: ['DELETE', '/operators/:id'],
    summary: 'removes an operator with passkeys, sessions and API tokens, at once; the last owner stays',
    input: operatorPath,
    dangerous: true,
    cli: {
      name: 'operator remove',
      operands: ['name'],
      input: named,
      lines: (_output, { name }) => [`Removed ${name}.`],
    },
    run: removeOperator,
  }),
]
