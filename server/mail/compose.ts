// From a wording and what is filled in to a mail: plain text, and the same as simple HTML.
import type { Wording } from './catalogue.ts'

export type ComposedMail = { subject: string; text: string; html: string }

const PLACEHOLDER = /\{([a-z]+)\}/g
const LONGEST_SUBJECT = 200

/** @param values what has none stays as it stands, so that a preview shows the fault */
export function composeMail({ subject, body }: Wording, values: Readonly<Record<string, string>>): ComposedMail {
  return {
    subject: filled(subject, values, oneLine).slice(0, LONGEST_SUBJECT),
    text: `${filled(body, values, oneLine)}\n`,
    html: page(paragraphs(body).map((paragraph) => marked(paragraph, values))),
  }
}

function filled(text: string, values: Readonly<Record<string, string>>, as: (value: string) => string): string {
  return text.replace(PLACEHOLDER, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    return value === undefined ? whole : as(value)
  })
}

/** Attack stopped: a name with a line break in it that becomes a header, or a paragraph in the organisation's voice. */
function oneLine(value: string): string {
  return value
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .toWellFormed()
    .trim()
}

function paragraphs(body: string): string[] {
  return body
    .replaceAll('\r\n', '\n')
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '')
}

/** Attack stopped: a name that is markup. What operators write is text too, so that no template can carry a script. */
function marked(paragraph: string, values: Readonly<Record<string, string>>): string {
  const { link } = values
  if (paragraph === '{link}' && link !== undefined && /^https?:\/\//.test(link)) return button(oneLine(link))
  const html = filled(escaped(paragraph), values, (value) => `<bdi>${escaped(oneLine(value))}</bdi>`)
  return `<p style="margin:0 0 16px">${html.replaceAll('\n', '<br>')}</p>`
}

function button(link: string): string {
  const url = escaped(link)
  return (
    '<p style="margin:0 0 16px">' +
    `<a href="${url}" style="display:inline-block;padding:12px 20px;border-radius:10px;` +
    'background:#1f4fd8;color:#ffffff;text-decoration:none;font-weight:600;word-break:break-all">' +
    `${url}</a></p>`
  )
}

function page(blocks: readonly string[]): string {
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head>' +
    '<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif">' +
    `<div style="max-width:560px">${blocks.join('')}</div></body></html>`
  )
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
