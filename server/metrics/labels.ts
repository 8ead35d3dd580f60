// Label values of known sets, so that nobody can make a million series.

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const SERVICES: readonly (readonly [string, string])[] = [
  ['fcm.googleapis.com', 'google'],
  ['.push.services.mozilla.com', 'mozilla'],
  ['.push.apple.com', 'apple'],
  ['.notify.windows.com', 'microsoft'],
]

export const methodOf = (method: string): string => (METHODS.includes(method) ? method : 'other')

/** Whose push service an endpoint is. */
export function serviceOf(endpoint: string): string {
  const { hostname } = new URL(endpoint)
  return SERVICES.find(([name]) => hostname.endsWith(name))?.[1] ?? 'other'
}
