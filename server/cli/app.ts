// `app add`.
import * as z from 'zod/mini'
import { CLIENT_OPTIONS, clientGiven } from '../admin/typed/client-options.ts'
import type { Given } from '../admin/typed/option.ts'
import { table } from '../admin/typed/table.ts'
import { addApplication } from '../applications/applications.ts'
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
    const { added, issuer } = await room.withParts(async (parts) => ({
      added: await addApplication(parts, { name, redirectUris, protectedSites, client }),
      issuer: `${parts.publicOrigin}/oidc`,
    }))
    const told: string[][] = added.clientSecret
      ? [
          ['client id', added.clientId ?? ''],
          ['client secret', added.clientSecret],
          ['issuer', issuer],
        ]
      : []
    return {
      json: { ...added },
      lines: [
        `Added ${given.name}. Its secrets are shown here only:`,
        ...table([['id', added.id], ['API key', added.apiKey], ...told]).map((line) => `  ${line}`),
      ],
    }
  },
})
