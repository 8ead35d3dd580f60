// `app add`.
import * as z from 'zod/mini'
import { CLIENT_OPTIONS, clientGiven } from '../admin/typed/client-options.ts'
import type { Given } from '../admin/typed/option.ts'
import { table } from '../admin/typed/table.ts'
import { addApplication } from '../applications/applications.ts'
import { entraIssuer, MOUNT } from '../oidc/mount.ts'
import { command } from './command.ts'

export const appAdd = command({
  name: 'app add',
  operands: ['name'],
  summary: 'adds an application that may ask people to sign in',
  options: {
    'redirect-uri': {
      value: 'URI',
      about: 'where OpenID Connect brings people back to; more than one may be given',
      multiple: true,
    },
    ...CLIENT_OPTIONS,
    site: { value: 'ORIGIN', about: 'a web site that a proxy protects by asking here', multiple: true },
  },
  input: z.looseObject({
    name: z.string(),
    'redirect-uri': z.optional(z.array(z.string())),
    site: z.optional(z.array(z.string())),
  }),
  run: async (given, room) => {
    const client = await clientGiven(given as Given)
    const { name, 'redirect-uri': redirectUris, site: protectedSites = [] } = given
    const { added, publicOrigin } = await room.withParts(async (parts) => ({
      added: await addApplication(parts, { name, redirectUris, protectedSites, client }),
      publicOrigin: parts.publicOrigin,
    }))
    const { clientSecret, ...without } = added
    const entra = client?.entra && entraEndpoints(publicOrigin, added.clientId ?? '')
    const told: string[][] = entra
      ? [
          ['client id', added.clientId ?? ''],
          ['discovery endpoint', entra.discoveryEndpoint],
          ['redirect URI', entra.redirectUri],
        ]
      : clientSecret
        ? [
            ['client id', added.clientId ?? ''],
            ['client secret', clientSecret],
            ['issuer', publicOrigin + MOUNT],
          ]
        : []
    return {
      json: entra ? { ...without, ...entra } : { ...added },
      lines: [
        `Added ${given.name}. Its secrets are shown here only:`,
        ...table([['id', added.id], ['API key', added.apiKey], ...told]).map((line) => `  ${line}`),
      ],
    }
  },
})

/** As Entra asks for them; it knows no client secret of ours. */
function entraEndpoints(publicOrigin: string, clientId: string) {
  const issuer = entraIssuer(publicOrigin, clientId)
  return {
    discoveryEndpoint: `${issuer}/.well-known/openid-configuration`,
    redirectUri: `${issuer}/authorize`,
  }
}
