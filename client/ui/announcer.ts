// What is said aloud and not otherwise seen. A page has one announcer; every live region on it repeats the same words,
// because a region behind an open sheet is inert and would stay silent.
import { readonly, shallowRef } from 'vue'

const latest = shallowRef({ text: '', count: 0 })

export const announcement = readonly(latest)

export function announce(text: string): void {
  latest.value = { text, count: latest.value.count + 1 }
}
