// Whether RADIUS can be answered where it is set to be, by a certificate that lasts, and whether anybody may ask.
import { X509Certificate } from 'node:crypto'
import type { Config } from '../../config.ts'
import { whyNotListening } from '../../not-listening.ts'
import { allClients, type RadiusClientRow } from '../../radius/client-rows.ts'
import { tlsOptions } from '../../radius/radsec.ts'
import { listenUdp } from '../../radius/udp.ts'
import type { Store } from '../../store/store.ts'
import { judge } from './certificate.ts'
import { about, type Finding } from './finding.ts'

const { ok, warning, problem, notChecked } = about('RADIUS')

export async function checkRadius(
  { radius, radsec }: Pick<Config, 'radius' | 'radsec'>,
  { store, now }: { store: Store; now: number },
): Promise<Finding[]> {
  if (!radius && !radsec) return []
  const clients = await allClients(store.read)
  return [
    ...(radius ? [await bindable(radius), known(clients, 'UDP')] : []),
    ...(radsec ? [certified(radsec, now), known(clients, 'RadSec')] : []),
  ]
}

async function bindable(url: URL): Promise<Finding> {
  try {
    await (await listenUdp(url, { answer: async () => undefined })).close()
    return ok(`${url.host} is free to listen at.`)
  } catch (error) {
    const fault = error as NodeJS.ErrnoException
    if (fault.code === 'EADDRINUSE') return notChecked(`${url.host} is taken: by this server, if it runs.`)
    return problem(`Nothing can listen at ${url.host}: ${whyNotListening(fault)}.`, 'Correct COUNTERSIGN_RADIUS.')
  }
}

function certified(radsec: NonNullable<Config['radsec']>, now: number): Finding {
  try {
    const { cert } = tlsOptions(radsec)
    const { validTo: valid_to, subject } = new X509Certificate(cert as Buffer)
    if (Date.parse(valid_to) <= now) return problem(`The certificate of RadSec, ${subject}, has ended.`, 'Renew it.')
    const { name, ...finding } = judge({ valid_to }, now)
    return { ...finding, name: 'RADIUS', detail: `RadSec: ${finding.detail}` }
  } catch (error) {
    const why = whyNotListening(error as NodeJS.ErrnoException)
    return problem(`RadSec can’t start: ${why}.`, 'Correct COUNTERSIGN_RADSEC_CERT, _KEY and _CA.')
  }
}

function known(clients: readonly RadiusClientRow[], way: 'UDP' | 'RadSec'): Finding {
  const count = clients.filter(({ certificate }) => (certificate !== '') === (way === 'RadSec')).length
  if (count > 0) return ok(`${count} ${count === 1 ? 'client' : 'clients'} may ask by ${way}.`)
  return warning(`No client may ask by ${way}: nobody is answered.`, 'Add one: npx countersign radius add')
}
