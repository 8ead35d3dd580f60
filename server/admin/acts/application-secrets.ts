// By what applications show who they are: the client secret and API keys.
import { timeOrNull } from '../../../protocol/login-request.ts'
import {
  apiKeyPath,
  applicationPath,
  madeApiKey,
  rotateClientSecretCall,
  rotatedClientSecret,
} from '../../../protocol/operator-api/applications.ts'
import { makeApiKey, revokeApiKey } from '../../applications/changes.ts'
import { rotateClientSecret } from '../../applications/client-secret.ts'
import { act } from '../act.ts'

export const applicationSecretActs = [
  act({
    name: 'applications.rotate-client-secret',
    http: ['POST', '/applications/:id/client-secret'],
    summary: 'makes a new client secret; it is told here only, and the former one works on for a while',
    input: rotateClientSecretCall,
    output: rotatedClientSecret,
    dangerous: true,
    cli: {
      name: 'app secret',
      operands: ['id'],
      options: { keep: { value: 'HOURS', about: 'how long the former secret works on: 24 if not said, 0 not at all' } },
      input: async ({ id, keep }) => ({ id, ...(keep !== undefined && { keepHours: Number(keep) }) }),
      lines: ({ clientSecret, previousUntil }) => [
        'Client secret. It is shown here only:',
        '',
        `  ${clientSecret}`,
        '',
        previousUntil === null
          ? 'The former one is refused from now on.'
          : `The former one works until ${previousUntil}.`,
      ],
    },
    run: async (parts, asked, by) => {
      const { clientSecret, previousUntil } = await rotateClientSecret(parts, asked, by)
      return { clientId: asked.id, clientSecret, previousUntil: timeOrNull(previousUntil) }
    },
  }),
  act({
    name: 'applications.make-key',
    http: ['POST', '/applications/:id/keys'],
    summary: 'makes an API key, of two at most; it is told here only',
    input: applicationPath,
    output: madeApiKey,
    status: 201,
    dangerous: true,
    cli: {
      name: 'app key',
      operands: ['id'],
      lines: ({ apiKey, id }) => [`API key ${id}. It is shown here only:`, '', `  ${apiKey}`],
    },
    run: (parts, { id }, by) => makeApiKey(parts, id, by),
  }),
  act({
    name: 'applications.revoke-key',
    http: ['DELETE', '/applications/:id/keys/:key'],
    summary: 'ends an API key at once',
    input: apiKeyPath,
    dangerous: true,
    cli: { name: 'app revoke-key', operands: ['id', 'key'], lines: (_output, { key }) => [`Revoked ${key}.`] },
    run: (parts, path, by) => revokeApiKey(parts, path, by),
  }),
]
