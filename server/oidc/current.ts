// The OpenID provider with the signing keys of this moment: the library takes its keys when it is made, so it is made
// anew when they change. Whatever it keeps is in the store, so nobody under way notices.
import type { Provider } from 'oidc-provider'
import { type SigningKey, signingKeys } from './keys.ts'
import type { ProviderNeeds } from './provider.ts'

export type CurrentProvider = {
  /** Made when it is first asked for: its library is the largest of all, and many installations never need it. */
  provider: () => Promise<Provider>
  signingKeys: () => readonly SigningKey[]
  /** Takes up what changed since, in this process or another. */
  refreshKeys(): Promise<void>
}

const kids = (keys: readonly SigningKey[]) => keys.map(({ kid }) => kid).join()

export async function currentProvider(needs: ProviderNeeds): Promise<CurrentProvider> {
  let keys = await signingKeys(needs)
  let made: Promise<Provider> | undefined
  function provider(): Promise<Provider> {
    made ??= make(needs, keys).catch((error: unknown) => {
      // That the store was away for a moment is no reason to fail from then on.
      made = undefined
      throw error
    })
    return made
  }
  return {
    provider,
    signingKeys: () => keys,
    async refreshKeys() {
      const now = await signingKeys(needs)
      if (kids(now) === kids(keys)) return
      keys = now
      made = undefined
    },
  }
}

async function make(needs: ProviderNeeds, keys: readonly SigningKey[]): Promise<Provider> {
  const { openidProvider } = await import('./provider.ts')
  return openidProvider(needs, keys)
}
