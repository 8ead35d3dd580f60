// An authorization that can't go on and has nowhere safe to go back to: plain words, and the code for whoever
// connects the application.
import type { Configuration } from 'oidc-provider'
import { t } from '../../words/oidc.ts'
import { escaped } from '../http/escaped.ts'

export const STYLE_PATH = '/page.css'

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
function page(title: string, body: string, more: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="/oidc${STYLE_PATH}">
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(body)}</p>
${more}
</main>
</body>
</html>
`
}
