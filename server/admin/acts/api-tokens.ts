// What the organisation's own programs authenticate with.
import {
  apiTokenList,
  apiTokenPath,
  MOST_DAYS,
  madeApiToken,
  makeApiTokenCall,
} from '../../../protocol/operator-api/api-tokens.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import { listApiTokens, makeApiToken, revokeApiToken } from '../../operators/api-tokens.ts'
import { act } from '../act.ts'
import { table } from '../typed/table.ts'

export const apiTokenActs = [
  act({
    name: 'api-tokens.list',
    http: ['GET', '/api-tokens'],
    summary: 'shows the API tokens, newest first',
    input: nothing,
    output: apiTokenList,
    cli: {
      name: 'api-token list',
      operands: [],
      lines: ({ apiTokens }) =>
        apiTokens.length === 0
          ? ['None yet. Next: npx countersign operator token <name>']
          : table(
              apiTokens.map(({ name, role, expiresAt, lastUsedAt, id }) => [
                name,
                role,
                `until ${expiresAt}`,
                lastUsedAt === null ? 'never used' : `used ${lastUsedAt}`,
                id,
              ]),
            ),
    },
    run: async (parts) => ({ apiTokens: await listApiTokens(parts) }),
  }),
  act({
    name: 'api-tokens.make',
    http: ['POST', '/api-tokens'],
    summary:
      'makes an API token; its secret is told here only. It ends with the operator who made it; one of the command line is nobody’s, whatever its name, and ends by api-token revoke',
    input: makeApiTokenCall,
    output: madeApiToken,
    status: 201,
    dangerous: true,
    cli: {
      name: 'operator token',
      operands: ['name'],
      options: {
        role: { value: 'owner|administrator|help-desk|auditor|provisioning', about: 'what it may do; owner if absent' },
        days: { value: '90', about: `how long it is good, up to ${MOST_DAYS}` },
      },
      input: async ({ name, role = 'owner', days }) => ({
        name,
        role,
        ...(days === undefined ? {} : { expiresInDays: Number(days) }),
      }),
      json: ({ apiToken }) => ({ apiToken }),
      lines: ({ apiToken, token }) => [
        `API token ${token.name} (${token.role}), good until ${token.expiresAt}. It is shown here only:`,
        '',
        `  ${apiToken}`,
      ],
    },
    run: makeApiToken,
  }),
  act({
    name: 'api-tokens.revoke',
    http: ['DELETE', '/api-tokens/:id'],
    summary: 'ends an API token at once',
    helps: true,
    input: apiTokenPath,
    cli: { name: 'api-token revoke', operands: ['id'], lines: (_output, { id }) => [`Revoked ${id}.`] },
    run: (parts, { id }, actor) => revokeApiToken(parts, id, actor),
  }),
]
