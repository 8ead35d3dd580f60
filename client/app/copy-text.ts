// Copying, with the word that it was done said where it was pressed.
import { onBeforeUnmount, shallowRef } from 'vue'
import { useDevice } from './this-device.ts'

const SAID_FOR_MS = 2_000

export function useCopy() {
  const { clock } = useDevice()
  const outcome = shallowRef<'copied' | 'failed'>()
  let over = new AbortController()
  onBeforeUnmount(() => over.abort())

  async function copy(text: string): Promise<void> {
    over.abort()
    over = new AbortController()
    const { signal } = over
    outcome.value = await write(text)
    clock.after(SAID_FOR_MS, signal).then(
      () => {
        outcome.value = undefined
      },
      () => undefined, // copied again, or the screen was left
    )
  }

  return { outcome, copy }
}

async function write(text: string): Promise<'copied' | 'failed'> {
  try {
    await navigator.clipboard.writeText(text)
    return 'copied'
  } catch (error) {
    if (error instanceof DOMException || error instanceof TypeError) return 'failed'
    throw error
  }
}
