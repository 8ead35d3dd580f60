// Whether this browser had tokens once. A browser that removes a site's data removes its IndexedDB whole, so this lives
// in a cookie, which it keeps; the cookie says no more than that.

const NAME = '__Host-had-tokens'
const YEAR_MS = 365 * 24 * 60 * 60 * 1000

/** Not every browser has it, and the libraries declare it differently for page and worker. */
const { cookieStore } = globalThis as { cookieStore?: CookieStore }

/** Browsers without a cookie store for scripts answer no. */
export async function hadTokens(): Promise<boolean> {
  return Boolean(await cookieStore?.get(NAME))
}

export async function setHadTokens(had: boolean): Promise<void> {
  if (had) await cookieStore?.set({ name: NAME, value: '1', sameSite: 'strict', expires: Date.now() + YEAR_MS })
  else await cookieStore?.delete({ name: NAME })
}
