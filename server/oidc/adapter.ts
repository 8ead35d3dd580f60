// Where oidc-provider keeps its artefacts: our store. Attack stopped: whoever reads the store learns no code and no
// token, for ids stand there hashed and payloads sealed.
import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider'
import { digest } from '../store/digest.ts'
import {
  addArtifact,
  artifactRow,
  consumeArtifact,
  putArtifact,
  removeArtifact,
  removeArtifactsOfGrant,
  replaceArtifact,
} from './artifact-rows.ts'
import { clientMetadata } from './clients.ts'
import { save, useUp } from './one-transaction.ts'
import { type AdapterNeeds, FORGETFUL, opened, rowOf } from './sealed-artifacts.ts'

export function artifactAdapters(needs: AdapterNeeds): AdapterFactory {
  return (kind) => {
    if (kind === 'Client') return clientAdapter(needs)
    return kind === 'Session' ? FORGETFUL : artifactAdapter(needs, kind)
  }
}

const ASKED_WITHOUT_BROWSER = 'BackchannelAuthenticationRequest'

/** What somebody begins before it is known who they are. */
const BEGUN = ['Interaction', 'PushedAuthorizationRequest', ASKED_WITHOUT_BROWSER]
/** Characters; every state, nonce and hint that applications send has room. Attack stopped: a stranger who fills the store. */
const LONGEST_BEGUN = 8 * 1024

function refuseLong(kind: string, payload: AdapterPayload): void {
  if (!BEGUN.includes(kind) || JSON.stringify(payload).length <= LONGEST_BEGUN) return
  throw Object.assign(new errors.InvalidRequest('the parameters are too long'), { allow_redirect: false })
}

/** Said to the person: the application is being told by whoever went on with it first. */
function must(wasThere: boolean): void {
  if (wasThere) return
  throw Object.assign(new errors.SessionNotFound('the authorization is over'), { allow_redirect: false })
}

function artifactAdapter(needs: AdapterNeeds, kind: string): Adapter {
  const { store, clock } = needs
  return {
    async upsert(id, payload, expiresIn) {
      refuseLong(kind, payload)
      const row = rowOf(needs, { kind, id, payload, expiresIn })
      // An answer that comes after another was fetched, from a process that stood still meanwhile, changes nothing.
      if (kind === ASKED_WITHOUT_BROWSER && (payload.grantId || payload.error))
        return void (await store.write((tx) => replaceArtifact(tx, row)))
      if (kind !== 'ReplayDetection') return save(store, (tx) => putArtifact(tx, row))
      // The library looks first and notes then; of two who come with the same proof one is served.
      if (!(await store.write((tx) => addArtifact(tx, row)))) throw new errors.InvalidRequest('a JWT was used twice')
    },
    async find(id) {
      const row = await artifactRow(store.read, kind, digest(id))
      return row && opened(needs, row)
    },
    // Sessions alone are looked for so, and codes that people type belong to flows that this provider doesn't offer.
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    // The library looks first and marks then; whoever marks second must not be served.
    consume: (id) =>
      useUp(store, async (tx) => {
        if (!(await consumeArtifact(tx, kind, digest(id), clock.now())))
          throw new errors.InvalidGrant({ detail: 'already consumed' })
      }),
    // The library looks first and removes then; of two who go on with the same authorization one gets a code.
    destroy: (id) =>
      useUp(store, async (tx) => {
        const was = await removeArtifact(tx, kind, digest(id))
        if (kind === 'Interaction') must(was)
      }),
    revokeByGrantId: (grant) => store.write((tx) => removeArtifactsOfGrant(tx, digest(grant))),
  }
}

/** Clients are applications; the provider only ever reads them. */
function clientAdapter(needs: AdapterNeeds): Adapter {
  const metadataOf = clientMetadata(needs)
  const unavailable = (): never => {
    throw new Error('clients are added as applications')
  }
  return {
    find: metadataOf,
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    upsert: unavailable,
    consume: unavailable,
    destroy: unavailable,
    revokeByGrantId: unavailable,
  }
}
