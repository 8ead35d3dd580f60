// An authorization that can't go on and has nowhere safe to go back to: plain words, and the code for whoever
// connects the application.
import type { Configuration } from 'oidc-provider'
import { t } from '../../words/oidc.ts'
import { escaped } from '../escaped.ts'
import { plainPage } from '../http/plain-page.ts'

export const renderError: NonNullable<Configuration['renderError']> = (ctx, out) => {
  ctx.type = 'html'
  ctx.body = errorPage(out.error, out.error_description)
}

export function errorPage(code: string, description: string | undefined): string {
  const detail = [code, description].filter(Boolean).join(': ')
  const said = `<p class="detail"><span>${escaped(t('oidc.error.detail'))}</span> <code>${escaped(detail)}</code></p>`
  return page(t('oidc.error.title'), t('oidc.error.body'), said)
}

export const messagePage = (title: string, body: string) => page(title, body, '')

/** @param more HTML */
const page = (title: string, body: string, more: string) => plainPage(title, `<p>${escaped(body)}</p>\n${more}`)
