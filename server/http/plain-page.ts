// A page of ours that does nothing: text in our colours, wherever no built page stands.
import { readFileSync } from 'node:fs'
import { escaped } from '../escaped.ts'

/** On both origins: a page stands on the one it was asked on. */
export const STYLESHEET = '/page.css'

const style = readFileSync(new URL('page.css', import.meta.url), 'utf8')

export const plainStyle = () => new Response(style, { headers: { 'Content-Type': 'text/css; charset=utf-8' } })

/** @param main HTML, below the title @param script which runs where the page's policy allows it by its hash */
export function plainPage(title: string, main: string, script?: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="${STYLESHEET}">
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${main}
</main>
${script === undefined ? '' : `<script>${script}</script>\n`}</body>
</html>
`
}
