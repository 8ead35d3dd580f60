import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from '@playwright/test'
import { expect, it } from 'vitest'
import { launchBrowser } from './chromium.ts'
import { addVirtualAuthenticator } from './virtual-authenticator.ts'

/** Length of the PRF output, or what went wrong. */
const register = (page: Page): Promise<number | string> =>
  page.evaluate(async () => {
    const publicKey: PublicKeyCredentialCreationOptions = {
      rp: { id: 'localhost', name: 'Test' },
      user: { id: crypto.getRandomValues(new Uint8Array(8)), name: 'alice', displayName: 'Alice' },
      challenge: new Uint8Array(32),
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      extensions: { prf: { eval: { first: new Uint8Array(32) } } },
    }
    try {
      const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential
      const first = credential.getClientExtensionResults().prf?.results?.first as ArrayBuffer | undefined
      return first?.byteLength ?? 'no PRF'
    } catch (error) {
      return (error as Error).name
    }
  })

it('registers with PRF, fails the check when told to, and is swapped for one without PRF', async () => {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>t</title>'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await using browser = await launchBrowser()
  const page = await browser.context.newPage()
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`)

  const authenticator = await addVirtualAuthenticator(page)
  expect(await register(page)).toBe(32)
  expect(await authenticator.credentialCount()).toBe(1)
  await authenticator.setUserVerified(false)
  expect(await register(page)).toBe('NotAllowedError')
  await authenticator.swap({ prf: false })
  expect(await authenticator.credentialCount()).toBe(0)
  expect(await register(page)).toBe('no PRF')
  server.closeAllConnections()
  server.close()
}, 30_000)
