import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { askPassword } from './password.ts'
import { readAll } from './terminal.ts'

/** A person at a terminal who answers each question with the next of these. */
function person(answers: string[]) {
  const raw: boolean[] = []
  const asked: string[] = []
  const input = Object.assign(new PassThrough(), { isTTY: true as const, setRawMode: (on: boolean) => raw.push(on) })
  const complain = (question: string) => {
    asked.push(`${question}${raw.at(-1) ? ' (hidden)' : ''}`)
    input.write(answers.shift() ?? '\u0003')
  }
  return { terminal: { input: input as never, print: () => {}, complain }, asked, raw }
}

describe('a password', () => {
  it('is asked for twice, never shown, and leaves the terminal as it was', async () => {
    const { terminal, asked, raw } = person(['hunx\u007ftér2\r', 'huntér2\n'])
    expect(await askPassword({ terminal, json: false }, false)).toBe('huntér2')
    expect(asked).toHaveLength(2)
    for (const question of asked) expect(question).toContain('(hidden)')
    expect(raw.at(-1)).toBe(false)
  })

  it('that is typed in two ways is refused', async () => {
    const { terminal } = person(['one\r', 'two\r'])
    await expect(askPassword({ terminal, json: false }, false)).rejects.toThrow('differ')
  })

  it('may be left away', async () => {
    expect(await askPassword({ terminal: person(['\r']).terminal, json: false }, false)).toBeUndefined()
  })

  it('is not asked for after Ctrl-C', async () => {
    const { terminal, asked, raw } = person(['hun\u0003'])
    await expect(askPassword({ terminal, json: false }, false)).rejects.toThrow('Stopped')
    expect(asked).toHaveLength(1)
    expect(raw.at(-1)).toBe(false)
  })

  it('is asked of nobody by a script, nor where nobody sits', async () => {
    const { terminal, asked } = person(['x\r'])
    expect(await askPassword({ terminal, json: true }, false)).toBeUndefined()
    const pipe = { ...terminal, input: Readable.from(['x\n']) }
    expect(await askPassword({ terminal: pipe, json: false }, false)).toBeUndefined()
    expect(asked).toEqual([])
  })
})

describe('standard input', () => {
  it('that is no text is refused', async () => {
    await expect(readAll(Readable.from([Buffer.from([0xff, 0xfe])]))).rejects.toThrow('UTF-8')
  })

  it('without an end is given up', async () => {
    await expect(readAll(Readable.from([Buffer.alloc(70_000, 'x')]))).rejects.toThrow('too long')
  })
})
