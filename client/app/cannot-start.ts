// The app can't be drawn: said by hand, since what it is drawn with may not run here.
import { t } from '../../words/app.ts'
import { StorageError } from '../device/index.ts'
import './cannot-start.css'

export function showTooOld(root: Element): void {
  show(root, t('state.tooOld'), t('state.tooOldMore'))
}

/** @throws what is no fault of the browser's */
export function showNoStorage(root: Element, error: unknown): void {
  if (!(error instanceof StorageError)) throw error
  show(root, t('state.noStorage'), t(error.fault === 'blocked' ? 'state.noStorageBlocked' : 'state.noStorageMore'))
}

function show(root: Element, title: string, more: string): void {
  const main = document.createElement('main')
  main.className = 'cannot-start'
  const heading = document.createElement('h1')
  heading.textContent = title
  const what = document.createElement('p')
  what.textContent = more
  main.append(heading, what)
  root.replaceChildren(main)
}
