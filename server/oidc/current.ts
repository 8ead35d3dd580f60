// The OpenID provider with the signing keys of this moment: the library takes its keys when it is made, so it is made
// anew when they change. Whatever it keeps is in the store, so nobody under way notices.
import type { Provider } from 'oidc-provider'
import { type SigningKey, signingKeys } from './keys.ts'
import { openidProvider, type ProviderNeeds } from './provider.ts'

export type CurrentProvider = {
  provider: () => Provider
  signingKeys: () => readonly SigningKey[]
  /** Takes up what changed since, in this process or another. */
  refreshKeys(): Promise<void>
}

const kids = (keys: readonly SigningKey[]) => keys.map(({ kid }) => kid).join()

export async function currentProvider(needs: ProviderNeeds): Promise<CurrentProvider> {
  let keys = await signingKeys(needs)
  let provider = await openidProvider(needs, keys)
  return {
    provider: () => provider,
    signingKeys: () => keys,
    async refreshKeys() {
      const now = await signingKeys(needs)
      if (kids(now) === kids(keys)) return
      provider = await openidProvider(needs, now)
      keys = now
    },
  }
}
