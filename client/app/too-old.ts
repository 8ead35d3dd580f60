import { t } from '../../words/app.ts'

/** Drawn by hand: what the app is drawn with may not run here. */
export function showTooOld(root: Element): void {
  const title = document.createElement('h1')
  title.textContent = t('state.tooOld')
  const what = document.createElement('p')
  what.textContent = t('state.tooOldMore')
  root.replaceChildren(title, what)
}
