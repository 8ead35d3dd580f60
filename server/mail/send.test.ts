// Against a real mail server.
import { afterEach, describe, expect, it } from 'vitest'
import { type MailServer, type MailServerOptions, mailServer } from '../../test/support/mail-server.ts'
import { smtpSender } from './send.ts'

const from = { name: 'Harbour, "the" <port>', address: 'countersign@harbour.example.org' }
const mail = { id: 'mail_1', subject: 'Grüße, 世界', text: 'Hallo Jürgen\n.\n', html: '<p>Hallo Jürgen</p>' }

describe('the way to the mail server', () => {
  const open: (() => Promise<void> | void)[] = []
  afterEach(async () => {
    for (const close of open.splice(0)) await close()
  })
  const to = async (options: MailServerOptions = {}, url = (server: MailServer) => server.url) => {
    const server = await mailServer(options)
    const sender = smtpSender(new URL(url(server)), from)
    open.push(
      () => sender.close(),
      () => server.close(),
    )
    return { server, sender }
  }

  it('carries names and texts of every script unharmed', async () => {
    const { server, sender } = await to()
    expect(await sender.send('alice@example.org', mail)).toEqual({ kind: 'sent' })
    const [received] = server.received
    expect(received).toMatchObject({ to: ['alice@example.org'], from: from.address, subject: mail.subject })
    expect(received?.text.trimEnd()).toBe('Hallo Jürgen\n.')
    expect(received?.html).toContain('<p>Hallo Jürgen</p>')
    expect(received?.headers).toMatchObject({
      'auto-submitted': 'auto-generated',
      'message-id': '<mail_1@harbour.example.org>',
    })
  })

  it('says who it is where the server wants to know', async () => {
    const seen: unknown[] = []
    const { sender } = await to(
      {
        authOptional: false,
        onAuth: ({ username, password }, _session, done) => {
          seen.push([username, password])
          done(null, { user: username })
        },
      },
      ({ port }) => `smtp://it%40harbour:p%40ss%3A%2F@127.0.0.1:${port}`,
    )
    expect(await sender.send('alice@example.org', mail)).toEqual({ kind: 'sent' })
    expect(seen).toEqual([['it@harbour', 'p@ss:/']])
  })

  it('gives no password and no mail to a server on another machine that has no TLS', async () => {
    const seen: unknown[] = []
    const { server, sender } = await to(
      {
        onAuth: (auth, _session, done) => {
          seen.push(auth)
          done(null, { user: 'x' })
        },
      },
      ({ port }) => `smtp://it:secret@0.0.0.0:${port}`,
    )
    expect(await sender.send('alice@example.org', mail)).toMatchObject({ kind: 'again' })
    expect([seen, server.received]).toEqual([[], []])
  })

  it('tells an address that is refused for good from a server that is busy, wants another password, or is down', async () => {
    const answer = (responseCode: number, message: string) =>
      to({ onRcptTo: (_address, _session, done) => done(Object.assign(new Error(message), { responseCode })) })
    const nobody = await answer(550, 'no such mailbox')
    expect(await nobody.sender.send('nobody@example.org', mail)).toMatchObject({
      kind: 'refused',
      error: expect.stringContaining('no such mailbox'),
    })
    const busy = await answer(451, 'try later')
    expect(await busy.sender.send('alice@example.org', mail)).toMatchObject({ kind: 'again' })
    const locked = await to(
      { authOptional: false, onAuth: (_auth, _session, done) => done(new Error('wrong password')) },
      ({ port }) => `smtp://it:wrong@127.0.0.1:${port}`,
    )
    expect(await locked.sender.send('alice@example.org', mail)).toMatchObject({ kind: 'again' })
    const gone = await to()
    await gone.server.close()
    expect(await gone.sender.send('alice@example.org', mail)).toMatchObject({ kind: 'again' })
  })

  it('lets a server that quotes what it refuses put no link into the store', async () => {
    const { sender } = await to({
      onMail: () => {
        throw Object.assign(new Error('spam: https://id.example.org/enrol#0123456789'), { responseCode: 554 })
      },
    })
    const { kind, error } = (await sender.send('alice@example.org', mail)) as { kind: string; error: string }
    expect([kind, error]).toEqual(['refused', expect.stringContaining('spam: …')])
    expect(error).not.toContain('0123456789')
  })
})
