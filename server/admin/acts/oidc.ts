// The keys by which applications know that it was this server.
import { timestamp } from '../../../protocol/login-request.ts'
import { registrationToken, rotatedKeys, rotateKeysCall } from '../../../protocol/operator-api/oidc.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import { rotateSigningKeys } from '../../oidc/keys.ts'
import { makeRegistrationToken } from '../../oidc/registration.ts'
import { act } from '../act.ts'

export const oidcActs = [
  act({
    name: 'oidc.rotate-keys',
    http: ['POST', '/oidc/keys'],
    summary: 'makes new signing keys for OpenID Connect: published now, used in 48 hours, the former kept for 30 days',
    input: rotateKeysCall,
    output: rotatedKeys,
    status: 201,
    dangerous: true,
    cli: {
      name: 'rotate oidc',
      operands: [],
      options: { now: { about: 'they have leaked: use the new ones at once, and publish the former no longer' } },
      input: async ({ now }) => ({ atOnce: now === true }),
      lines: ({ usedFrom }) => [`New signing keys are published, and used from ${usedFrom} on.`],
    },
    run: async (parts, asked, by) => {
      const usedFrom = timestamp(await rotateSigningKeys(parts, asked, by))
      await parts.refreshKeys()
      return { usedFrom }
    },
  }),
  act({
    name: 'oidc.make-registration-token',
    http: ['POST', '/oidc/registration-tokens'],
    summary: 'makes a token by which a program registers itself as an application, once, within a day',
    input: nothing,
    output: registrationToken,
    status: 201,
    dangerous: true,
    cli: {
      name: 'app registration-token',
      operands: [],
      lines: ({ token, expiresAt }) => [`Good once, until ${expiresAt}. It is shown here only:`, '', `  ${token}`],
    },
    run: async (parts, _nothing, by) => {
      const { token, expiresAt } = await makeRegistrationToken(parts, by)
      return { token, expiresAt: timestamp(expiresAt) }
    },
  }),
]
