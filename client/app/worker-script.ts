// The one address scripts may be loaded from by name. Trusted Types refuse every other, so that a string that reached
// `register()` by injection could not install a worker that answers sign-ins.
const WORKER_URL = '/sw.js'

type Policy = { createScriptURL(url: string): string }
type TrustedTypes = { createPolicy(name: string, rules: Policy): Policy }

const only = (url: string): string => {
  if (url !== WORKER_URL) throw new TypeError('not a script of this app')
  return url
}

/** A string, or the TrustedScriptURL that stands for it where the browser enforces Trusted Types. */
export function workerScript(scope: { trustedTypes?: TrustedTypes } = globalThis as { trustedTypes?: TrustedTypes }) {
  const policy = scope.trustedTypes?.createPolicy('countersign', { createScriptURL: only })
  return policy?.createScriptURL(WORKER_URL) ?? WORKER_URL
}
