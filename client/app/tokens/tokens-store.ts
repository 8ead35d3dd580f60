// The tokens of this installation: those kept here at once, then what the server says of them.
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { TokenId } from '../../../protocol/ids.ts'
import {
  hadTokens,
  refreshTokens,
  removeToken,
  renameToken,
  type StoredToken,
  storedTokens,
} from '../../device/index.ts'
import { useServer } from '../server-reach.ts'
import { useDevice } from '../this-device.ts'

export const useTokens = defineStore('tokens', () => {
  const device = useDevice()
  const server = useServer()
  // Shallow: keys are handed to IndexedDB and to Web Crypto, which take no proxies.
  const list = shallowRef<readonly StoredToken[]>([])
  /** this browser had tokens and has removed them */
  const evicted = shallowRef(false)

  /** nothing on this device can sign anybody in any more */
  const allRevoked = computed(() => list.value.length > 0 && list.value.every(({ state }) => state === 'revoked'))

  async function load(): Promise<void> {
    list.value = await storedTokens(device.store)
    evicted.value = list.value.length === 0 && (await hadTokens())
  }

  async function refresh(): Promise<void> {
    if (list.value.length === 0) return
    list.value = (await server.attempt(() => refreshTokens(device))) ?? list.value
  }

  function byId(id: string): StoredToken | undefined {
    return list.value.find((token) => token.id === id)
  }

  async function rename(token: StoredToken, label: string): Promise<void> {
    const renamed = await server.observe(() => renameToken(device, token, label))
    list.value = list.value.map((other) => (other.id === renamed.id ? renamed : other))
  }

  async function remove(id: TokenId): Promise<void> {
    await server.observe(() => removeToken(device, id))
    await load()
  }

  return { list, evicted, allRevoked, load, refresh, byId, rename, remove }
})
