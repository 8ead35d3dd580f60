// What asks over RADIUS: VPN gateways, and servers that people log in to.
import { timeOrNull, timestamp } from '../../../protocol/login-request.ts'
import {
  addedRadiusClient,
  addRadiusClientCall,
  editRadiusClientCall,
  type RadiusClientView,
  type RadiusFault,
  radiusClientList,
  radiusClientPath,
  radiusClientsCall,
  radiusClientView,
  rotatedRadiusSecret,
  rotateRadiusSecretCall,
} from '../../../protocol/operator-api/radius-clients.ts'
import { allClients, type RadiusClientRow } from '../../radius/client-rows.ts'
import { addClient, editClient, knownClient, removeClient, rotateSecret } from '../../radius/clients.ts'
import { act } from '../act.ts'
import { table } from '../typed/table.ts'

function view(row: RadiusClientRow, now: number): RadiusClientView {
  const { previous_until: until } = row
  return {
    id: row.id,
    application: row.application_id,
    network: row.network,
    certificate: row.certificate,
    challenges: row.challenges === 1,
    groups: row.groups,
    messageAuthenticator: row.unsigned === 0,
    previousSecretUntil: until !== null && until > now ? timestamp(until) : null,
    createdAt: timestamp(row.created_at),
    lastSeenAt: timeOrNull(row.last_seen_at),
    fault: row.fault_at === null ? null : { kind: row.fault as RadiusFault, at: timestamp(row.fault_at) },
    version: row.version,
  }
}

const OPTIONS = {
  challenges: { value: 'yes|no', about: 'whether it can show the text of a challenge, and take an answer' },
  groups: { value: 'WHERE', about: 'where it is told groups: none, filter-id, class, or vendor and type as 12356:1' },
  'without-message-authenticator': { about: 'its requests may come without one: for this machine only' },
}

const isYes = (given: unknown) => (given === undefined ? undefined : given === 'yes')

export const radiusClientActs = [
  act({
    name: 'radius-clients.list',
    http: ['GET', '/radius-clients'],
    summary: 'shows what asks over RADIUS, when it last did, and what was wrong with it',
    input: radiusClientsCall,
    output: radiusClientList,
    cli: {
      name: 'radius list',
      operands: [],
      options: { application: { value: 'ID', about: 'only of this one' } },
      lines: ({ clients }) =>
        clients.length === 0
          ? ['None yet. Next: npx countersign radius add <application id> --address <CIDR>']
          : table(
              clients.map(({ network, certificate, lastSeenAt, fault, id }) => [
                certificate === '' ? network : `${certificate} (${network})`,
                lastSeenAt === null ? 'never seen' : `seen ${lastSeenAt}`,
                fault === null ? '' : `${fault.kind} ${fault.at}`,
                id,
              ]),
            ),
    },
    run: async ({ store, clock, config }, { application }) => ({
      clients: (await allClients(store.read, application)).map((row) => view(row, clock.now())),
      udp: config.radius?.href ?? null,
      radsec: config.radsec?.url.href ?? null,
    }),
  }),
  act({
    name: 'radius-clients.add',
    http: ['POST', '/applications/:id/radius-clients'],
    summary: 'adds a RADIUS client by its network; its secret is told here only',
    input: addRadiusClientCall,
    output: addedRadiusClient,
    status: 201,
    dangerous: true,
    cli: {
      name: 'radius add',
      operands: ['id'],
      options: {
        address: { value: 'CIDR', about: 'where it asks from' },
        certificate: { value: 'NAME', about: 'it connects by RadSec, with a certificate of this DNS name' },
        ...OPTIONS,
      },
      input: async ({ id, address, certificate, challenges, groups, ...given }) => ({
        id,
        network: address,
        certificate,
        challenges: isYes(challenges),
        groups,
        messageAuthenticator: !given['without-message-authenticator'],
      }),
      lines: ({ id, secret }) => [`Added ${id}. Its secret is shown here only:`, '', `  ${secret}`],
    },
    run: addClient,
  }),
  act({
    name: 'radius-clients.edit',
    http: ['PATCH', '/radius-clients/:id'],
    summary: 'changes where a RADIUS client asks from, and what it can do',
    input: editRadiusClientCall,
    output: radiusClientView,
    dangerous: true,
    versioned: true,
    cli: {
      name: 'radius edit',
      operands: ['id'],
      options: {
        address: { value: 'CIDR', about: 'where it asks from' },
        ...OPTIONS,
        'with-message-authenticator': { about: 'its requests must have one again' },
      },
      input: async ({ id, address, challenges, groups, ...given }, parts) => ({
        id,
        version: (await knownClient(parts.store.read, id as RadiusClientRow['id'])).version,
        network: address,
        challenges: isYes(challenges),
        groups,
        ...(given['without-message-authenticator'] && { messageAuthenticator: false }),
        ...(given['with-message-authenticator'] && { messageAuthenticator: true }),
      }),
      lines: ({ network, id }) => [`Changed ${id}: ${network}.`],
    },
    run: async (parts, asked, by) => {
      await editClient(parts, asked, by)
      return view(await knownClient(parts.store.read, asked.id), parts.clock.now())
    },
  }),
  act({
    name: 'radius-clients.rotate-secret',
    http: ['POST', '/radius-clients/:id/secret'],
    summary: 'makes a new secret; it is told here only, and the former one works on for a while',
    input: rotateRadiusSecretCall,
    output: rotatedRadiusSecret,
    dangerous: true,
    cli: {
      name: 'radius secret',
      operands: ['id'],
      options: { keep: { value: 'HOURS', about: 'how long the former secret works on: 24 if not said, 0 not at all' } },
      input: async ({ id, keep }) => ({ id, ...(keep !== undefined && { keepHours: Number(keep) }) }),
      lines: ({ secret, previousUntil }) => [
        'Secret. It is shown here only:',
        '',
        `  ${secret}`,
        '',
        previousUntil === null
          ? 'The former one is not answered from now on.'
          : `The former one works until ${previousUntil}.`,
      ],
    },
    run: async (parts, asked, by) => {
      const { secret, previousUntil } = await rotateSecret(parts, asked, by)
      return { secret, previousUntil: timeOrNull(previousUntil) }
    },
  }),
  act({
    name: 'radius-clients.remove',
    http: ['DELETE', '/radius-clients/:id'],
    summary: 'removes a RADIUS client; what comes from it is not answered from then on',
    input: radiusClientPath,
    dangerous: true,
    cli: { name: 'radius remove', operands: ['id'], lines: (_output, { id }) => [`Removed ${id}.`] },
    run: (parts, { id }, by) => removeClient(parts, id, by),
  }),
]
