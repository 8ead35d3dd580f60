// Harbour's pages. `html` escapes what is put into it.
import { html } from 'hono/html'
import { factorsOf, isTwoFactor, timeOf } from './confirmation.ts'
import type { Person } from './relying-party.ts'

type Page = ReturnType<typeof html>

function page(title: string, content: Page): Page {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/harbour.svg" type="image/svg+xml">
<link rel="stylesheet" href="/harbour.css">
</head>
<body>
<header><img src="/harbour.svg" alt="" width="40" height="40"><span>Harbour</span></header>
<main>${content}</main>
<footer>Berths, tides and moorings. A demonstration: no ship will come.</footer>
</body>
</html>`
}

export function welcomePage(): Page {
  return page(
    'Harbour',
    html`<h1>Safe in harbour</h1>
<p class="lead">See your berth, the tides and who lies beside you.</p>
<p><a class="button" href="/sign-in">Sign in</a></p>`,
  )
}

export function signedInPage(person: Person): Page {
  return page(
    'Harbour: signed in',
    html`<h1>Welcome aboard, <bdi>${person.name}</bdi></h1>
<p class="lead">Berth 12, high water at 18:40.</p>
<section aria-labelledby="how">
<h2 id="how">How this sign-in was confirmed</h2>
<ul>${factorsOf(person).map((sentence) => html`<li>${sentence}</li>`)}</ul>
<dl>
<dt>Two factors</dt><dd>${isTwoFactor(person) ? 'yes' : 'no'}</dd>
<dt>When</dt><dd>${person.authTime === undefined ? 'not said' : timeOf(person.authTime)}</dd>
<dt><code>amr</code></dt><dd><code>${person.amr.join(' ')}</code></dd>
<dt><code>acr</code></dt><dd><code>${person.acr ?? 'not said'}</code></dd>
</dl>
</section>
<form method="post" action="/sign-out"><button type="submit">Sign out</button></form>`,
  )
}

export function notSignedInPage(why: string): Page {
  return page(
    'Harbour: not signed in',
    html`<h1>You are not signed in</h1>
<p class="lead">${why}</p>
<p><a class="button" href="/sign-in">Try again</a></p>`,
  )
}
