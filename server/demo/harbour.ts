// Harbour: a small site to sign in to, a relying party as anybody would write one. A process and an origin of its
// own; it knows of Countersign what its environment says, and OpenID Connect.
import { serve } from '@hono/node-server'
import { readEnvironment } from './harbour/environment.ts'
import { relyingParty } from './harbour/relying-party.ts'
import { Remembered } from './harbour/remembered.ts'
import { harbourSite } from './harbour/site.ts'

const { url, host, port, ...client } = readEnvironment(process.env)
const now = () => Date.now()
const site = harbourSite({
  url,
  party: relyingParty({ ...client, redirectUri: `${url}/callback` }),
  signIns: new Remembered({ now, seconds: 20 * 60, most: 1000 }),
  sessions: new Remembered({ now, seconds: 8 * 60 * 60, most: 1000 }),
})
const server = serve({ fetch: site.fetch, hostname: host, port }, () => process.stdout.write(`ready ${url}\n`))

function stop() {
  server.close()
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
// Started by the server's command line, it ends with it, however that ended.
process.once('disconnect', stop)
