// Mail: what waits and what came of it, and the wordings.
import { timeOrNull } from '../../../protocol/login-request.ts'
import {
  changeTemplateCall,
  listMailsCall,
  mailList,
  previewedMail,
  previewTemplateCall,
  resetTemplateCall,
  retriedMails,
  type TemplateView,
  templateList,
  templatePath,
  templateView,
  testMailCall,
  testMailSent,
} from '../../../protocol/operator-api/mail.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import type { Assembly } from '../../assemble.ts'
import { aboutOf, templateOf } from '../../mail/catalogue.ts'
import { mailQueue, retryMails, sendTestMail } from '../../mail/queue.ts'
import { allTemplates, changeTemplate, knownName, preview, type Template, templateNamed } from '../../mail/templates.ts'
import { act } from '../act.ts'
import type { Given } from '../typed/option.ts'
import { CURSOR, more } from '../typed/paging.ts'
import { table } from '../typed/table.ts'

function view({ name, subject, body, version, isBuiltIn, changedAt }: Template): TemplateView {
  const { placeholders, required } = templateOf(name)
  return {
    name,
    about: aboutOf(name),
    subject,
    body,
    placeholders: [...placeholders],
    required: [...required],
    isBuiltIn,
    changedAt: timeOrNull(changedAt),
    version,
  }
}

/** On the command line nobody has seen another version than the one there is. */
async function latest({ template, ...given }: Given, { store }: Assembly) {
  const { name, version, subject, body } = await templateNamed(store.read, knownName(String(template)))
  return { subject, body, ...given, name, version }
}

const WORDING = {
  subject: { value: 'TEXT', about: 'the line that lists of mail show' },
  body: { value: 'TEXT', about: 'paragraphs with an empty line between; "$(cat FILE)" for those of a file' },
}

export const mailActs = [
  act({
    name: 'mails.list',
    http: ['GET', '/mails'],
    summary: 'shows how mail goes: what waits, and what came of each, a hundred at a time, newest first',
    input: listMailsCall,
    output: mailList,
    cli: {
      name: 'mail list',
      operands: [],
      options: {
        state: { value: 'waiting|sent|failed|cancelled', about: 'only those' },
        cursor: CURSOR,
      },
      lines: ({ server, waiting, tried, mails, next }) => [
        server === null ? 'Mail is not set up.' : `By ${server.host}, from ${server.from}.`,
        `${waiting} wait, ${tried} of them tried in vain.`,
        ...table(
          mails.map(({ createdAt, state, template, to, error }) => [createdAt, state, template, to, error ?? '']),
        ),
        ...more(next),
      ],
    },
    run: mailQueue,
  }),
  act({
    name: 'mails.retry',
    http: ['POST', '/mails/retry'],
    summary: 'tries all mails that wait again at once',
    helps: true,
    input: nothing,
    output: retriedMails,
    cli: { name: 'mail retry', operands: [], lines: ({ count }) => [`${count} are tried again.`] },
    run: async (parts) => ({ count: await retryMails(parts) }),
  }),
  act({
    name: 'mails.test',
    http: ['POST', '/mails/test'],
    summary: 'sends a mail to see that mail works',
    helps: true,
    input: testMailCall,
    output: testMailSent,
    status: 202,
    cli: {
      name: 'mail test',
      operands: ['to'],
      lines: (_output, { to }) => [`On its way to ${to}; npx countersign mail list says what came of it.`],
    },
    run: async (parts, { to }, by) => ({ id: await sendTestMail(parts, to, by) }),
  }),
  act({
    name: 'mail-templates.list',
    http: ['GET', '/mail-templates'],
    summary: 'shows what mails say',
    input: nothing,
    output: templateList,
    cli: {
      name: 'mail-template list',
      operands: [],
      lines: ({ templates }) =>
        table(templates.map(({ name, isBuiltIn, about }) => [name, isBuiltIn ? '' : 'changed', about])),
    },
    run: async (parts) => ({ templates: (await allTemplates(parts)).map(view) }),
  }),
  act({
    name: 'mail-templates.show',
    http: ['GET', '/mail-templates/:name'],
    summary: 'shows what one mail says, and what can be filled in',
    input: templatePath,
    output: templateView,
    cli: {
      name: 'mail-template show',
      operands: ['template'],
      input: async ({ template }) => ({ name: template }),
      lines: ({ about, placeholders, subject, body }) => [
        `${about}. Filled in: ${placeholders.map((place) => `{${place}}`).join(' ')}`,
        '',
        subject,
        '',
        ...body.split('\n'),
      ],
    },
    run: async ({ store }, { name }) => view(await templateNamed(store.read, knownName(name))),
  }),
  act({
    name: 'mail-templates.preview',
    http: ['POST', '/mail-templates/:name/preview'],
    summary: 'shows a wording as it would arrive, without keeping it',
    input: previewTemplateCall,
    output: previewedMail,
    cli: {
      name: 'mail-template preview',
      operands: ['template'],
      options: WORDING,
      input: latest,
      lines: ({ subject, text }) => [subject, '', ...text.split('\n')],
    },
    run: async ({ organisation }, { name, ...wording }) => preview(knownName(name), wording, organisation.name),
  }),
  act({
    name: 'mail-templates.change',
    http: ['PUT', '/mail-templates/:name'],
    summary: 'says a mail in the organisation’s own words, for all that still wait too',
    dangerous: true,
    input: changeTemplateCall,
    output: templateView,
    versioned: true,
    cli: {
      name: 'mail-template change',
      operands: ['template'],
      options: WORDING,
      input: latest,
      lines: ({ name }) => [`${name} is said anew.`],
    },
    run: async (parts, { name, version, ...wording }, by) =>
      view(await changeTemplate(parts, { name: knownName(name), version, wording }, by)),
  }),
  act({
    name: 'mail-templates.reset',
    http: ['DELETE', '/mail-templates/:name'],
    summary: 'puts the built-in wording of a mail back',
    helps: true,
    input: resetTemplateCall,
    output: templateView,
    versioned: true,
    cli: {
      name: 'mail-template reset',
      operands: ['template'],
      input: latest,
      lines: ({ name }) => [`${name} is as it came.`],
    },
    run: async (parts, { name, version }, by) =>
      view(await changeTemplate(parts, { name: knownName(name), version, wording: null }, by)),
  }),
]
