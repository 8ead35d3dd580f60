// What is said aloud and not otherwise seen. A page has one announcer; every live region on it repeats the same words,
// because a region behind an open sheet is inert and would stay silent.
import { readonly, shallowRef } from 'vue'

/** As long as a voice may need to take it up; whoever reads the page later must not come upon it. */
const KEPT_MS = 10_000

let emptying: ReturnType<typeof setTimeout> | undefined
const latest = shallowRef({ text: '', count: 0 })

export const announcement = readonly(latest)

export function announce(text: string): void {
  latest.value = { text, count: latest.value.count + 1 }
  clearTimeout(emptying)
  if (text) emptying = setTimeout(announce, KEPT_MS, '')
}
