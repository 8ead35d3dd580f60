// What whoever connects an application types, with its own values filled in.

export type Snippet = {
  id:
    | 'node'
    | 'proxy'
    | 'apache'
    | 'nginx'
    | 'caddy'
    | 'traefik'
    | 'ask'
    | 'wait'
    | 'redeem'
    | 'verify'
    | 'pamConf'
    | 'pamLine'
    | 'pamSshd'
    | 'pamSsh'
    | 'radiusAdd'
    | 'radiusGateway'
    | 'radiusRadsec'
  text: string
}
type Client = { origin: string; clientId: string; redirectUri: string }

export function oidcSnippets({ origin, clientId, redirectUri }: Client): Snippet[] {
  return [
    {
      id: 'node',
      text: `import * as client from 'openid-client'

const config = await client.discovery(
  new URL('${origin}/oidc'),
  '${clientId}',
  process.env.CLIENT_SECRET,
)
const verifier = client.randomPKCECodeVerifier()
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: '${redirectUri}',
  scope: 'openid profile email',
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
})
// Send the browser to url. Back at the redirect URI:
const tokens = await client.authorizationCodeGrant(config, currentUrl, {
  pkceCodeVerifier: verifier,
})
console.log(tokens.claims().sub)`,
    },
    {
      id: 'proxy',
      text: `oauth2-proxy \\
  --provider=oidc \\
  --oidc-issuer-url=${origin}/oidc \\
  --client-id=${clientId} \\
  --client-secret-file=client-secret \\
  --redirect-url=${redirectUri} \\
  --code-challenge-method=S256 \\
  --scope='openid profile email' \\
  --email-domain='*'`,
    },
    {
      id: 'apache',
      text: `OIDCProviderMetadataURL ${origin}/oidc/.well-known/openid-configuration
OIDCClientID ${clientId}
OIDCClientSecret <client secret>
OIDCRedirectURI ${redirectUri}
OIDCCryptoPassphrase <a long secret of your own>
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCRemoteUserClaim preferred_username
<Location /protected>
  AuthType openid-connect
  Require valid-user
</Location>`,
    },
  ]
}

export function apiSnippets(origin: string): Snippet[] {
  const curl = (method: string, path: string) =>
    `curl -X ${method} ${origin}/api/v1${path} \\\n  -H "Authorization: Bearer $COUNTERSIGN_KEY"`
  const json = (body: string) => ` \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'`
  return [
    {
      id: 'ask',
      text: `${curl('POST', '/login-requests')}${json('{"username": "alice", "context": {"ip": "203.0.113.7"}}')}
# Keep id and secret; show number.`,
    },
    {
      id: 'wait',
      text: `${curl('GET', '/login-requests/<id>?wait=25')} \\
  -H 'X-Request-Secret: <secret>'
# Again until state is not pending. Approved, it has a passcode.`,
    },
    {
      id: 'redeem',
      text: curl('POST', '/login-requests/<id>/redeem') + json('{"secret": "<secret>", "passcode": "<passcode>"}'),
    },
    {
      id: 'verify',
      text: `${curl('POST', '/passcodes/verify')}${json('{"username": "alice", "passcode": "123456", "context": {"ip": "203.0.113.7"}}')}
# context says where it was typed: blocks, and rules about networks, places and risk, hold only where it is told.`,
    },
  ]
}

/** Where the script is, on this very server. */
export const PAM_SCRIPT = '/docs/pam/countersign-pam'

/** As on the page about PAM. @param sum SHA-256 of the script, in hexadecimal; empty where it is not known */
export function pamSnippets(origin: string, sum: string): Snippet[] {
  const script = '/usr/local/sbin/countersign-pam'
  const check = sum && `echo '${sum}  countersign-pam' | sha256sum -c && `
  return [
    {
      id: 'pamConf',
      text: `curl -fsS -o countersign-pam "${origin}${PAM_SCRIPT}"
${check}install -m 755 countersign-pam ${script}
install -m 600 /dev/null /etc/countersign-pam.conf
printf 'url = %s\\nkey = %s\\n' "${origin}" "$COUNTERSIGN_KEY" > /etc/countersign-pam.conf`,
    },
    { id: 'pamLine', text: `auth required pam_exec.so seteuid stdout quiet ${script}` },
    {
      id: 'pamSshd',
      text: `UsePAM yes
KbdInteractiveAuthentication yes
AuthenticationMethods publickey,keyboard-interactive`,
    },
    {
      id: 'pamSsh',
      text: `auth optional pam_exec.so seteuid stdout quiet ${script} ask
auth required pam_exec.so seteuid expose_authtok stdout quiet ${script}`,
    },
  ]
}

type Radius = { id: string; host: string; udp: string | null; radsec: string | null }

/** @param host as gateways reach it, most likely @param udp where this server listens; null: not at all, or not known */
export function radiusSnippets({ id, host, udp, radsec }: Radius): Snippet[] {
  const add = `npx countersign radius add ${id} --address 192.0.2.1
# Where the gateway can show a challenge, also: --challenges yes`
  const limits = `Authentication: PAP
Time-out: 60 seconds, 1 try`
  const byUdp: Snippet = {
    id: 'radiusGateway',
    text: `Server: ${host}, port ${udp === null ? 'as in COUNTERSIGN_RADIUS' : new URL(udp).port}
Secret: as radius add has shown it
${limits}
Message-Authenticator: required`,
  }
  if (radsec === null) return [{ id: 'radiusAdd', text: add }, byUdp]
  const byTls: Snippet = {
    id: 'radiusRadsec',
    text: `Server: ${host}, port ${new URL(radsec).port}, TLS 1.3
Secret: radsec
Certificate: its own, and who signed this server’s
${limits}`,
  }
  const named = `${add}
# By RadSec, also: --certificate and the DNS name in the gateway’s certificate`
  return [{ id: 'radiusAdd', text: named }, ...(udp === null ? [] : [byUdp]), byTls]
}
