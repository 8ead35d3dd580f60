import { describe, expect, it } from 'vitest'
import { builtIn, TEMPLATE_NAMES, TEMPLATES } from './catalogue.ts'
import { composeMail } from './compose.ts'
import { refuseFaulty } from './templates.ts'

const wording = { subject: 'For {name}', body: 'Hello {name},\n\nopen:\n\n{link}\n\nYours\nHarbour' }

describe('a mail', () => {
  it('says the same as text and as HTML, and its link is a button', () => {
    const { subject, text, html } = composeMail(wording, { name: 'Alice', link: 'https://id.example.org/enrol#code' })
    expect(subject).toBe('For Alice')
    expect(text).toBe('Hello Alice,\n\nopen:\n\nhttps://id.example.org/enrol#code\n\nYours\nHarbour\n')
    expect(html).toContain('Hello <bdi>Alice</bdi>,</p>')
    expect(html).toContain('<a href="https://id.example.org/enrol#code"')
    expect(html).toContain('Yours<br>Harbour')
  })

  it('keeps markup of names and of operators as text', () => {
    const { html } = composeMail(
      { subject: '', body: '<script>1</script> {name} & {organisation}' },
      { name: '<img src=x onerror="alert(1)">', organisation: "O'Neil" },
    )
    expect(html).toContain('&lt;script&gt;1&lt;/script&gt;')
    expect(html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;')
    expect(html).toContain('&amp; <bdi>O&#39;Neil</bdi>')
    expect(html).not.toMatch(/<(script|img)/)
  })

  it('lets no name begin a line, a header, or turn the direction', () => {
    const { subject, text } = composeMail(wording, { name: 'A\r\nBcc: eve@example.org\u202e\n\nx', link: '' })
    expect(subject).toBe('For A Bcc: eve@example.org x')
    expect(text).toContain('Hello A Bcc: eve@example.org x,\n')
  })

  it('makes a button of nothing but a web address', () => {
    expect(composeMail({ subject: '', body: '{link}' }, { link: 'javascript:alert(1)' }).html).not.toContain('href')
  })

  it('fills each place once: a name that looks like a place stays a name', () => {
    expect(composeMail(wording, { name: '{link}', link: 'https://x.example' }).subject).toBe('For {link}')
    expect(composeMail({ subject: '{constructor}', body: '' }, {}).subject).toBe('{constructor}')
  })
})

describe.each(TEMPLATE_NAMES)('the built-in wording of %s', (name) => {
  it('is one that an operator might have written, and leaves nothing unfilled', () => {
    expect(() => refuseFaulty(name, builtIn(name))).not.toThrow()
    const values = Object.fromEntries(TEMPLATES[name].placeholders.map((place) => [place, 'https://filled.example']))
    const { subject, text, html } = composeMail(builtIn(name), values)
    expect(subject + text + html.replace(/style="[^"]*"/g, '')).not.toMatch(/[{}]/)
  })
})
