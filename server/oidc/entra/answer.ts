// The answer to Entra: a page that posts an ID token, or an error, to Microsoft's own address.
import { createHash } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import { t } from '../../../words/oidc.ts'
import { escaped } from '../../escaped.ts'
import { plainPage } from '../../http/plain-page.ts'
import type { SigningKey } from '../keys.ts'
import type { Question } from './visits.ts'

/** Seconds; Microsoft takes it at once. */
const LIVES = 300

export async function entraIdToken(
  key: SigningKey,
  {
    issuer,
    clientId,
    question,
    amr,
    now,
  }: { issuer: string; clientId: string; question: Question; amr: string; now: number },
): Promise<string> {
  const iat = Math.floor(now / 1000)
  return new SignJWT({ nonce: question.nonce, acr: question.promised.acr, amr: [amr] })
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(clientId)
    .setSubject(question.sub)
    .setIssuedAt(iat)
    .setExpirationTime(iat + LIVES)
    .sign(await importJWK(key, 'RS256'))
}

const SCRIPT = 'document.forms[0].submit()'
const SCRIPT_HASH = createHash('sha256').update(SCRIPT).digest('base64')

/** Posts itself; where scripts are off, by a button. */
export function postingPage(redirectUri: string, fields: Record<string, string | undefined>): Response {
  const inputs = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`],
  )
  const main = `<form method="post" action="${escaped(redirectUri)}">
${inputs.join('\n')}
<noscript><p>${escaped(t('oidc.entra.noScript'))}</p><button>${escaped(t('oidc.entra.goOn'))}</button></noscript>
</form>`
  const page = plainPage(t('oidc.entra.title'), main, SCRIPT)
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${SCRIPT_HASH}'`,
    "style-src 'self'",
    "base-uri 'none'",
    `form-action ${new URL(redirectUri).origin}`,
    "frame-ancestors 'none'",
  ].join('; ')
  return new Response(page, {
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy },
  })
}
