// What the window is called: which screen it shows (WCAG 2.4.2). Never what an application calls itself: a title stands
// outside the page, where a name could pass for the app's own voice.
import { watchEffect } from 'vue'
import { t } from '../../words/app.ts'

/** @param screen its name, while whoever calls this is on the screen */
export function useScreenTitle(screen: () => string): void {
  watchEffect(() => {
    document.title = t('app.title', { screen: screen() })
  })
}
