// Hono 4, here in Node: PORT, COUNTERSIGN (the installation's origin) and COUNTERSIGN_KEY are in the environment.
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import * as pages from './pages.js'
import { begin, COOKIE, outcomeOf, SESSION, SIGN_IN, typedPasscode, underWay, whoIsIn } from './sign-in.js'

const app = new Hono()
app.use(async (c, next) => {
  c.header('Cache-Control', 'no-store')
  await next()
})

const signInOf = (c) => getCookie(c, SIGN_IN)

/** Only with the cookie of a sign-in that is under way. */
const onlyUnderWay = async (c, next) => (underWay(signInOf(c)) ? next() : c.redirect('/', 303))

function signedIn(c, session) {
  deleteCookie(c, SIGN_IN, COOKIE)
  setCookie(c, SESSION, session, COOKIE)
  return c.redirect('/', 303)
}

app.get('/', (c) => {
  const username = whoIsIn(getCookie(c, SESSION))
  return c.html(username ? pages.home(username) : pages.login())
})

app.post('/login', async (c) => {
  const { username, password } = await c.req.parseBody()
  // Behind a proxy of yours the browser's address is in its header instead.
  const ip = getConnInfo(c).remote.address
  const cookie = await begin({ username, password, ip, userAgent: c.req.header('user-agent') })
  if (!cookie) return c.html(pages.login('User name or password is wrong.'), 403)
  setCookie(c, SIGN_IN, cookie, COOKIE)
  return c.redirect('/waiting', 303)
})

app.get('/waiting', onlyUnderWay, (c) => {
  const { asked } = underWay(signInOf(c))
  return c.html(asked ? pages.waiting(asked.number) : pages.passcodeOnly())
})

app.get('/waiting/end', onlyUnderWay, async (c) => {
  const { session, state } = await outcomeOf(signInOf(c), c.req.raw.signal)
  if (session) return signedIn(c, session)
  return state ? c.html(pages.ended(state)) : c.redirect('/waiting', 303)
})

app.post('/passcode', onlyUnderWay, async (c) => {
  const { passcode } = await c.req.parseBody()
  const session = await typedPasscode(signInOf(c), passcode)
  if (session) return signedIn(c, session)
  return c.html(pages.passcodeOnly('That passcode is wrong, or was used before.'), 403)
})

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`listening on http://localhost:${port}`)
})
