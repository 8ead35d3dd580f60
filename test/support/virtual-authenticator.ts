// A fingerprint reader that a test controls: WebAuthn ceremonies run for real, only the finger is a switch.
import type { CDPSession, Page } from '@playwright/test'

export interface AuthenticatorOptions {
  /** Without it WebAuthn unlock is impossible, and the app must say so. */
  prf?: boolean
  /** Whether the person passes the check of finger, face or PIN. */
  userVerified?: boolean
}

export interface VirtualAuthenticator {
  /** From now on the person passes the check, or fails it. */
  setUserVerified(verified: boolean): Promise<void>
  /** How many credentials it holds. */
  credentialCount(): Promise<number>
  /** Checks that failed have blocked it; from now on it works, with the credentials it had. */
  unblock(): Promise<void>
  /** Takes it away and puts in another, which knows none of the old credentials. */
  swap(options?: AuthenticatorOptions): Promise<void>
  remove(): Promise<void>
}

/** Belongs to this page alone, and replaces the browser's own dialogs there. */
export async function addVirtualAuthenticator(
  page: Page,
  options: AuthenticatorOptions = {},
): Promise<VirtualAuthenticator> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  let authenticatorId = await add(cdp, options)
  const remove = () => cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
  return {
    setUserVerified: async (isUserVerified) => {
      await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
    credentialCount: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length,
    unblock: async () => {
      const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
      await remove()
      authenticatorId = await add(cdp, options)
      for (const credential of credentials) await cdp.send('WebAuthn.addCredential', { authenticatorId, credential })
    },
    swap: async (next = {}) => {
      await remove()
      authenticatorId = await add(cdp, next)
    },
    remove: async () => {
      await remove()
      await cdp.detach()
    },
  }
}

async function add(cdp: CDPSession, { prf = true, userVerified = true }: AuthenticatorOptions): Promise<string> {
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: userVerified,
      automaticPresenceSimulation: true,
      hasPrf: prf,
    },
  })
  return authenticatorId
}
