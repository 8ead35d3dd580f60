// Two client secrets at once, while one is being replaced: the provider itself knows one.
import type { Provider } from 'oidc-provider'
import { isFormerSecret } from '../applications/client-secret.ts'
import type { AdapterNeeds } from './sealed-artifacts.ts'

export function acceptFormerSecrets(provider: Provider, needs: AdapterNeeds): void {
  const client = provider.Client.prototype
  const isPresent = client.compareClientSecret
  client.compareClientSecret = async function compare(given) {
    return (await isPresent.call(this, given)) || isFormerSecret(needs, this.clientId, given)
  }
}
