// The pages of the examples.
const escaped = (text) => String(text).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)

const page = (title, body, head = '') => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${head}<title>${title}</title>
<h1>${title}</h1>
${body}
</html>
`

const PASSCODE = `<form method="post" action="/passcode">
<label>Passcode from the app <input name="passcode" inputmode="numeric" autocomplete="one-time-code" required></label>
<button>Sign in with it</button>
</form>`

export const home = (username) => page('Timetable', `<p>You are signed in as ${escaped(username)}.</p>`)

export const login = (message = '') =>
  page(
    'Sign in',
    `<p role="alert">${escaped(message)}</p>
<form method="post" action="/login">
<label>User name <input name="username" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>`,
  )

/** The browser goes on to /waiting/end at once and shows this page until that has answered. */
export const waiting = (number, message = '') =>
  page(
    'Look at your phone',
    `<p role="alert">${escaped(message)}</p>
${number ? `<p>Type this number there: <strong>${escaped(number)}</strong></p>` : '<p>Approve the sign-in there.</p>'}
${PASSCODE}`,
    '<meta http-equiv="refresh" content="0; url=/waiting/end">\n',
  )

/** Nobody could be asked. */
export const passcodeOnly = (message = '') =>
  page('One more step', `<p role="alert">${escaped(message)}</p>\n${PASSCODE}`)

const ENDS = {
  denied: 'The sign-in was denied on your phone.',
  expired: 'Nobody answered in time.',
  cancelled: 'The sign-in was cancelled.',
}

export const ended = (state) =>
  page('Not signed in', `<p>${ENDS[state]}</p>\n<p><a href="/">Try again</a></p>\n${PASSCODE}`)
