// How a person signed in, as relying parties are told (OpenID Connect Core §2: `acr`, `amr`).

/** Password, and approval on a device that holds a key. */
export const ACR_PUSH = 'urn:countersign:acr:push'
/** Password, and a passcode typed from a device. */
export const ACR_PASSCODE = 'urn:countersign:acr:passcode'

/** Approval on a device that holds a key, and no password here: what is asked without a browser. */
export const ACR_DEVICE = 'urn:countersign:acr:device'

/** Password alone, where a policy asks for no more. Nobody can ask for it, so it is not in the list. */
export const ACR_PASSWORD = 'urn:countersign:acr:password'

export const ACRS = [ACR_PUSH, ACR_PASSCODE] as const
export type Acr = (typeof ACRS)[number] | typeof ACR_PASSWORD

/** RFC 8176, in the order relying parties see: the password first, `mfa` after what makes it so. */
export function signInAmr(second: readonly string[]): string[] {
  return ['pwd', ...second, 'mfa']
}
