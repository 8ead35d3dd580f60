// From a wording and what is filled in to a mail: plain text, and the same as simple HTML.
import { inOneLine } from '../../protocol/text.ts'
import { escaped } from '../escaped.ts'
import type { Wording } from './catalogue.ts'

type Values = Readonly<Record<string, string>>
type Run = { text: string; filled: boolean }
/** A button with its address, or a paragraph. */
type Block = { link: string | null; runs: Run[] }
export type ComposedMail = { subject: string; text: string; html: string }

const PLACEHOLDER = /\{([a-z]+)\}/
const LONGEST_SUBJECT = 200

/** @param values what has none stays as it stands */
export function composeMail({ subject, body }: Wording, values: Values): ComposedMail {
  return { ...textOf({ subject, body }, values), html: page(blocksOf(body, values).map(htmlOf)) }
}

export function textOf({ subject, body }: Wording, values: Values): { subject: string; text: string } {
  const filled = (text: string) =>
    runsOf(text, values)
      .map((run) => run.text)
      .join('')
  return { subject: filled(subject).slice(0, LONGEST_SUBJECT).toWellFormed(), text: `${filled(ofLines(body))}\n` }
}

/** What the HTML is made of; the console draws its preview from the same. */
export function blocksOf(body: string, values: Values): Block[] {
  const { link } = values
  const paragraphs = ofLines(body)
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph.trim() !== '')
  return paragraphs.map((paragraph) => {
    const isButton = paragraph.trim() === '{link}' && link !== undefined && /^https?:\/\//.test(link)
    return { link: isButton ? inOneLine(link) : null, runs: runsOf(paragraph, values) }
  })
}

const ofLines = (text: string) => text.replaceAll('\r\n', '\n').replaceAll('\r', '\n').trim()

/** Each place is filled once: a value that looks like a place stays a value. */
function runsOf(text: string, values: Values): Run[] {
  return text
    .split(PLACEHOLDER)
    .map((piece, index) => {
      if (index % 2 === 0) return { text: piece, filled: false }
      const value = Object.hasOwn(values, piece) ? values[piece] : undefined
      return value === undefined ? { text: `{${piece}}`, filled: false } : { text: inOneLine(value), filled: true }
    })
    .filter((run) => run.text !== '')
}

/** Attack stopped: a name that is markup. What operators write is text too, so that no template can carry a script. */
function htmlOf({ link, runs }: Block): string {
  if (link !== null) return button(escaped(link))
  const html = runs.map(({ text, filled }) => (filled ? `<bdi>${escaped(text)}</bdi>` : escaped(text)))
  return `<p style="margin:0 0 16px">${html.join('').replaceAll('\n', '<br>')}</p>`
}

function button(url: string): string {
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
