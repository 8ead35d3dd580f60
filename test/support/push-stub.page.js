// Runs in pages and, put before its own script, in the service worker: a PushManager whose subscriptions come from the test.
// The state is the test's alone, so that page and worker always agree. CONTROL is filled in where this is read.
;(() => {
  const CONTROL = '__CONTROL__'
  const manager = globalThis.PushManager?.prototype
  if (!manager || manager.stubbed) return
  manager.stubbed = true

  const ask = async (what, body = {}) => {
    const response = await fetch(`${CONTROL}/${what}`, { method: 'POST', body: JSON.stringify(body) })
    return response.json()
  }

  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0)).buffer

  const base64url = (source) => {
    if (typeof source === 'string') return source
    const view = ArrayBuffer.isView(source)
      ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
      : new Uint8Array(source)
    return btoa(String.fromCharCode(...view))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')
  }

  const subscription = ({ json, applicationServerKey }) =>
    Object.create(PushSubscription.prototype, {
      endpoint: { value: json.endpoint, enumerable: true },
      expirationTime: { value: null, enumerable: true },
      options: {
        value: { userVisibleOnly: true, applicationServerKey: bytes(applicationServerKey) },
        enumerable: true,
      },
      getKey: { value: (name) => (json.keys[name] ? bytes(json.keys[name]) : null) },
      toJSON: { value: () => json },
      unsubscribe: { value: () => ask('unsubscribe', { endpoint: json.endpoint }) },
    })

  manager.getSubscription = async () => {
    const current = await ask('current')
    return current ? subscription(current) : null
  }

  manager.subscribe = async (options = {}) => {
    // As Chromium: no silent push, no subscription without a key, none without the person's leave.
    if (!options.userVisibleOnly)
      throw new DOMException('Registration failed - userVisibleOnly is required', 'NotAllowedError')
    if (!options.applicationServerKey)
      throw new DOMException('Registration failed - missing applicationServerKey', 'AbortError')
    if (Notification.permission !== 'granted')
      throw new DOMException('Registration failed - permission denied', 'NotAllowedError')
    const applicationServerKey = base64url(options.applicationServerKey)
    const answer = await ask('subscribe', { applicationServerKey })
    if (answer.never) return new Promise(() => {})
    if (answer.error) throw new DOMException(answer.message, answer.error)
    return subscription(answer)
  }
})()
