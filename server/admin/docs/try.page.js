// Sends what the forms of the page say. The key is read from its field at each call and kept nowhere else; no cookie
// goes along, so that nobody tries a call with the rights of their session in the console.

const key = document.getElementById('key')
// Attack stopped: whoever comes to this browser next, and finds the page in its memory by going back.
addEventListener('pagehide', () => {
  key.value = ''
})

for (const form of document.forms) form.addEventListener('submit', (event) => send(event, form))

async function send(event, form) {
  event.preventDefault()
  const out = form.querySelector('pre')
  const stop = form.querySelector('.stop')
  const status = form.querySelector('[role=status]')
  const over = new AbortController()
  stop.hidden = false
  stop.onclick = () => over.abort()
  out.hidden = true
  out.textContent = ''
  status.textContent = ''
  try {
    const response = await fetch(addressOf(form), { ...callOf(form), signal: over.signal })
    status.textContent = `${response.status} ${response.statusText}`
    for await (const text of piecesOf(response)) {
      out.hidden = false
      out.textContent += text
    }
    if (/\bjson\b/.test(response.headers.get('content-type'))) show(out)
  } catch {
    if (!over.signal.aborted) status.textContent = status.dataset.failed
  } finally {
    stop.hidden = true
  }
}

function addressOf(form) {
  const address = new URL(
    form.dataset.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(form.elements[name].value)),
    location,
  )
  for (const [name, value] of filled(form, 'query')) address.searchParams.set(name, value)
  return address
}

function callOf(form) {
  const body = form.querySelector('textarea')
  const headers = new Headers(filled(form, 'header'))
  if (key.value !== '') headers.set('Authorization', `Bearer ${key.value.trim()}`)
  if (body) headers.set('Content-Type', body.dataset.type)
  if (form.dataset.accept) headers.set('Accept', form.dataset.accept)
  return { method: form.dataset.method, headers, body: body?.value, credentials: 'omit', cache: 'no-store' }
}

function filled(form, where) {
  const fields = [...form.querySelectorAll(`[data-in=${where}]`)]
  return fields.filter(({ value }) => value !== '').map(({ name, value }) => [name, value])
}

async function* piecesOf(response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { done = true, value } = (await reader?.read()) ?? {}
    if (done) return
    yield value
  }
}

/** Indented; what a later call needs of it is written into that call’s form. */
function show(out) {
  const answer = JSON.parse(out.textContent)
  out.textContent = JSON.stringify(answer, null, 2)
  if (answer.secret) {
    for (const field of document.querySelectorAll('[data-in=path][name=id]')) field.value = answer.id
    for (const field of document.querySelectorAll('[name=X-Request-Secret]')) field.value = answer.secret
  }
  const body = document.getElementById('redeem:body')
  if (!body || !(answer.secret || answer.passcode)) return
  const { secret = answer.secret, passcode = answer.passcode } = { ...JSON.parse(body.value), ...answer }
  body.value = JSON.stringify({ secret, passcode }, null, 2)
}
