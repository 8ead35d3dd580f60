// What operators see and say of mail.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MailList, PreviewedMail, TemplateList, TemplateView } from '../../protocol/operator-api/mail.ts'
import type { Overview } from '../../protocol/operator-api/overview.ts'
import { enqueueMail } from '../../server/mail/enqueue.ts'
import { ManualClock } from '../support/clock.ts'
import { ENGINES } from '../support/engines.ts'
import { type MailServer, mailServer } from '../support/mail-server.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { said } from '../support/wire-call.ts'
import { programOf, type WireProgram } from '../support/wire-operator.ts'
import { expectInvalid } from '../support/wire-problem.ts'

describe.each(ENGINES)('mail under operators’ hands on %s', (engine) => {
  const clock = new ManualClock()
  let mails: MailServer
  let server: TestServer
  let administrator: WireProgram
  let auditor: WireProgram
  let isDown = false
  beforeAll(async () => {
    mails = await mailServer({
      onAuth: ({ username }, _session, done) => done(null, { user: username }),
      onRcptTo: (_address, _session, done) =>
        done(isDown ? Object.assign(new Error('busy'), { responseCode: 451 }) : null),
    })
    server = await startServer(engine, {
      clock,
      env: {
        COUNTERSIGN_SMTP: mails.url.replace('//', '//it:secret@'),
        COUNTERSIGN_MAIL_FROM: 'it@harbour.example.org',
      },
    })
    administrator = await programOf(server, 'administrator')
    auditor = await programOf(server, 'auditor')
  })
  afterAll(async () => {
    await server.close()
    await mails.close()
  })

  const queue = async (query = '') => (await auditor.call<MailList>('GET', `/mails${query}`)).body
  const template = async (name: string) => (await auditor.call<TemplateView>('GET', `/mail-templates/${name}`)).body
  const change = (name: string, version: number, wording: object) =>
    administrator.call<TemplateView>('PUT', `/mail-templates/${name}`, wording, { 'if-match': `"${version}"` })
  const pass = (ms: number, state: () => Promise<unknown>) =>
    expect.poll(async () => {
      await clock.advance(ms)
      return state()
    })

  it('a mail that could not be handed over is seen with what the mail server said, and tried again at a press', async () => {
    isDown = true
    const sent = await administrator.call<{ id: string }>('POST', '/mails/test', { to: 'bea@example.org' })
    expect(said(sent)).toBe('202')
    await pass(1000, async () => (await queue()).tried).toBe(1)
    const seen = await queue('?state=waiting')
    expect(seen).toMatchObject({
      server: { host: `127.0.0.1:${mails.port}`, from: 'it@harbour.example.org' },
      waiting: 1,
      oldestWaiting: expect.stringMatching(/Z$/),
      mails: [{ id: sent.body.id, to: 'bea@example.org', template: 'test', error: expect.stringContaining('busy') }],
    })
    expect(JSON.stringify(seen)).not.toContain('secret')
    const { body: overview } = await auditor.call<Overview>('GET', '/overview')
    expect(overview.mail).toMatchObject({ waiting: 1, tried: 1 })
    isDown = false
    expect((await administrator.call('POST', '/mails/retry')).body).toEqual({ count: 1 })
    await pass(1000, async () => (await queue('?state=sent')).mails.length).toBe(1)
    expect(mails.received.at(-1)).toMatchObject({
      subject: 'Mail from Countersign works',
      text: expect.stringContaining('administrator program has sent'),
    })
    expect(await queue()).toMatchObject({ waiting: 0, tried: 0, oldestWaiting: null })
  })

  it('nobody tries it on what is no address, nor where there is no mail server', async () => {
    expectInvalid(await administrator.call('POST', '/mails/test', { to: 'bea@example.org\r\nBcc: x@y' }), '/to')
    await using silent = await startServer(engine, { clock })
    const program = await programOf(silent, 'owner')
    expect(said(await program.call('POST', '/mails/test', { to: 'bea@example.org' }))).toBe('409 mail-not-set-up')
    expect((await program.call<MailList>('GET', '/mails')).body).toMatchObject({ server: null, mails: [] })
  })

  it('whoever is asked whether they are on the telephone hears of it', async () => {
    const username = await server.user()
    await server.device(username)
    await server.store.write((tx) =>
      tx.updateTable('users').set({ email: 'caller@example.org' }).where('username', '=', username).execute(),
    )
    const id = await server.idOf(username)
    const asked = await administrator.call('POST', `/users/${id}/verify-caller`, { reason: 'calls the help desk' })
    expect(asked.status).toBe(201)
    const { mails: told } = await queue()
    expect(told).toContainEqual(expect.objectContaining({ to: 'caller@example.org', template: 'help-desk-acted' }))
  })

  it('a wording is the organisation’s own once it is changed, for what still waits too, and can be put back', async () => {
    const before = await template('device-added')
    expect(before).toMatchObject({ version: 0, isBuiltIn: true, required: ['device'] })
    const wording = { subject: 'Neues Gerät: {device}', body: 'Hallo {name},\n\n<b>{device}</b> & mehr' }
    const { body: changed } = await change('device-added', 0, wording)
    expect(changed).toMatchObject({ ...wording, version: 1, isBuiltIn: false })
    expect(said(await change('device-added', 0, wording))).toBe('412 changed-meanwhile')
    const values = { name: 'Alice', username: 'alice', time: '', link: '', device: '<i>Pixel</i>' }
    await server.store.write((tx) =>
      enqueueMail(tx, server.running.parts, { to: 'alice@example.org', template: 'device-added', values }),
    )
    const came = () => mails.received.find(({ to }) => to.includes('alice@example.org'))
    await pass(1000, async () => came()?.subject).toBe('Neues Gerät: <i>Pixel</i>')
    expect(came()?.html).toContain('&lt;b&gt;<bdi>&lt;i&gt;Pixel&lt;/i&gt;</bdi>&lt;/b&gt; &amp; mehr')
    const reset = (version: number) =>
      administrator.call<TemplateView>('DELETE', '/mail-templates/device-added', undefined, {
        'if-match': `"${version}"`,
      })
    expect((await reset(1)).body).toMatchObject({ ...before, version: 2, changedAt: null })
    expect(said(await reset(1))).toBe('412 changed-meanwhile')
    const kinds = await server.store.read
      .selectFrom('audit')
      .select('detail')
      .where('kind', '=', 'mail-template-changed')
      .orderBy('seq')
      .execute()
    expect(kinds.map(({ detail }) => JSON.parse(detail))).toMatchObject([
      { template: 'device-added', version: 1, subject: wording.subject },
      { template: 'device-added', version: 2, builtIn: true },
    ])
  })

  it('a wording that would be of no use is refused, by what is wrong of it', async () => {
    const errors = async (wording: object) => {
      const reply = await change('activation', 0, wording)
      expect(said(reply)).toBe('422 invalid')
      return (reply.body as unknown as { errors: Record<string, string> }).errors
    }
    expect(await errors({ subject: 'x', body: 'Hello {nmae} {link}' })).toEqual({
      '/body': 'has {nmae}, which this mail can’t fill in',
    })
    expect(await errors({ subject: 'x', body: 'Hello {name}' })).toEqual({ '/body': 'must have {link}' })
    expect(await errors({ subject: '{link}', body: '{link}' })).toEqual({
      '/subject': 'must not have the link or the code',
    })
    expect(await errors({ subject: 'a\nb', body: '\u202e' })).toMatchObject({ '/subject': expect.any(String) })
    expect((await template('activation')).version).toBe(0)
    expect(said(await change('nonsense', 0, { subject: 'x', body: 'y' }))).toBe('404 unknown-mail-template')
  })

  it('a preview shows both kinds of text with examples filled in, and keeps nothing', async () => {
    const body = { subject: 'To {name}', body: 'Hello {name},\nopen:\n\n{link}' }
    const reply = await auditor.call<PreviewedMail>('POST', '/mail-templates/activation/preview', body)
    expect(reply.body).toEqual({
      subject: 'To Alice',
      text: expect.stringMatching(/^Hello Alice,\nopen:\n\nhttps:\/\/\S+\n$/),
      blocks: [
        {
          link: null,
          runs: [
            { text: 'Hello ', filled: false },
            { text: 'Alice', filled: true },
            { text: ',\nopen:', filled: false },
          ],
        },
        { link: expect.stringMatching(/^https:/), runs: [{ text: expect.any(String), filled: true }] },
      ],
    })
    expectInvalid(await auditor.call('POST', '/mail-templates/activation/preview', { ...body, body: '{x}' }), '/body')
    const { body: list } = await auditor.call<TemplateList>('GET', '/mail-templates')
    expect(list.templates.every(({ isBuiltIn }) => isBuiltIn)).toBe(true)
  })
})
