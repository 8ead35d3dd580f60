// Express 5: PORT, COUNTERSIGN (the installation's origin) and COUNTERSIGN_KEY are in the environment.
import express from 'express'
import * as pages from './pages.js'
import { begin, COOKIE, cookieIn, outcomeOf, SESSION, SIGN_IN, typedPasscode, underWay, whoIsIn } from './sign-in.js'

const app = express()
app.disable('x-powered-by')
// Behind a proxy of yours, so that req.ip is the browser's: app.set('trust proxy', '10.0.0.0/8')
app.use(express.urlencoded({ extended: false }))
app.use((_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
})

const signInOf = (req) => cookieIn(req.get('cookie'), SIGN_IN)

/** Only with the cookie of a sign-in that is under way. */
function onlyUnderWay(req, res, next) {
  if (underWay(signInOf(req))) next()
  else res.redirect(303, '/')
}

function signedIn(res, session) {
  res.clearCookie(SIGN_IN, COOKIE).cookie(SESSION, session, COOKIE).redirect(303, '/')
}

app.get('/', (req, res) => {
  const username = whoIsIn(cookieIn(req.get('cookie'), SESSION))
  res.send(username ? pages.home(username) : pages.login())
})

app.post('/login', async (req, res) => {
  const cookie = await begin({ ...req.body, ip: req.ip, userAgent: req.get('user-agent') })
  if (cookie) res.cookie(SIGN_IN, cookie, COOKIE).redirect(303, '/waiting')
  else res.status(403).send(pages.login('User name or password is wrong.'))
})

app.get('/waiting', onlyUnderWay, (req, res) => {
  const { asked } = underWay(signInOf(req))
  res.send(asked ? pages.waiting(asked.number) : pages.passcodeOnly())
})

app.get('/waiting/end', onlyUnderWay, async (req, res) => {
  const gone = new AbortController()
  res.once('close', () => gone.abort())
  const { session, state } = await outcomeOf(signInOf(req), gone.signal)
  if (session) signedIn(res, session)
  else if (state) res.send(pages.ended(state))
  else res.redirect(303, '/waiting')
})

app.post('/passcode', onlyUnderWay, async (req, res) => {
  const session = await typedPasscode(signInOf(req), req.body.passcode)
  if (session) signedIn(res, session)
  else res.status(403).send(pages.passcodeOnly('That passcode is wrong, or was used before.'))
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`listening on http://localhost:${server.address().port}`)
})
