// Copying, with the word that it was done said where it was pressed.
import { shallowRef } from 'vue'
import { t } from '../../words/console.ts'
import { announce } from '../ui/announcer.ts'

export function useCopying() {
  const outcome = shallowRef<'copied' | 'failed'>()

  async function copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text)
      outcome.value = 'copied'
      announce(t('console.copied'))
    } catch (error) {
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error
      outcome.value = 'failed'
    }
  }

  return { outcome, copy }
}
