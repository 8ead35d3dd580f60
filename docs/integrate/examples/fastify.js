// Fastify 5: PORT, COUNTERSIGN (the installation's origin) and COUNTERSIGN_KEY are in the environment.
import Fastify from 'fastify'
import * as pages from './pages.js'
import { begin, COOKIE, cookieIn, outcomeOf, SESSION, SIGN_IN, typedPasscode, underWay, whoIsIn } from './sign-in.js'

// Behind a proxy of yours, so that request.ip is the browser's: Fastify({ trustProxy: '10.0.0.0/8' })
const app = Fastify()
app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async (_request, body) =>
  Object.fromEntries(new URLSearchParams(body)),
)
app.addHook('onRequest', async (_request, reply) => {
  reply.header('Cache-Control', 'no-store')
})

const ATTRIBUTES = `Path=${COOKIE.path}; HttpOnly; Secure; SameSite=${COOKIE.sameSite}`
const signInOf = (request) => cookieIn(request.headers.cookie, SIGN_IN)
const setCookie = (reply, name, value) => reply.header('Set-Cookie', `${name}=${value}; ${ATTRIBUTES}`)
const page = (reply, text, status = 200) => reply.code(status).type('text/html; charset=utf-8').send(text)

/** Only with the cookie of a sign-in that is under way. */
const onlyUnderWay = {
  preHandler: async (request, reply) => {
    if (!underWay(signInOf(request))) return reply.redirect('/', 303)
  },
}

function signedIn(reply, session) {
  setCookie(reply, SIGN_IN, '; Max-Age=0')
  return setCookie(reply, SESSION, session).redirect('/', 303)
}

app.get('/', (request, reply) => {
  const username = whoIsIn(cookieIn(request.headers.cookie, SESSION))
  return page(reply, username ? pages.home(username) : pages.login())
})

app.post('/login', async (request, reply) => {
  const { username, password } = request.body
  const cookie = await begin({ username, password, ip: request.ip, userAgent: request.headers['user-agent'] })
  if (cookie) return setCookie(reply, SIGN_IN, cookie).redirect('/waiting', 303)
  return page(reply, pages.login('User name or password is wrong.'), 403)
})

app.get('/waiting', onlyUnderWay, (request, reply) => {
  const { asked } = underWay(signInOf(request))
  return page(reply, asked ? pages.waiting(asked.number) : pages.passcodeOnly())
})

app.get('/waiting/end', onlyUnderWay, async (request, reply) => {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  const { session, state } = await outcomeOf(signInOf(request), gone.signal)
  if (session) return signedIn(reply, session)
  return state ? page(reply, pages.ended(state)) : reply.redirect('/waiting', 303)
})

app.post('/passcode', onlyUnderWay, async (request, reply) => {
  const session = await typedPasscode(signInOf(request), request.body.passcode)
  if (session) return signedIn(reply, session)
  return page(reply, pages.passcodeOnly('That passcode is wrong, or was used before.'), 403)
})

await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' })
console.log(`listening on http://localhost:${app.server.address().port}`)
