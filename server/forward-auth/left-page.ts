// Said after a sign-out from a protected site. It stands here, since there a sign-in would begin anew.
import { t } from '../../words/forward-auth.ts'
import { escaped } from '../http/escaped.ts'
import { STYLE_PATH } from '../oidc/error-page.ts'
import { MOUNT } from '../oidc/provider.ts'

/** @param site the way back, where it is one of ours */
export function leftPage(site: string | undefined): string {
  const back = site
    ? `<p><a href="${escaped(site)}/">${escaped(t('left.again', { site: new URL(site).host }))}</a></p>`
    : ''
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(t('left.title'))}</title>
<link rel="stylesheet" href="${MOUNT}${STYLE_PATH}">
</head>
<body>
<main>
<h1>${escaped(t('left.title'))}</h1>
<p>${escaped(t('left.body'))}</p>
${back}
</main>
</body>
</html>
`
}
