// What mails say: built-in wordings, and the organisation's own.
import { timeOrNull } from '../../../protocol/login-request.ts'
import {
  changeTemplateCall,
  previewedMail,
  previewTemplateCall,
  resetTemplateCall,
  type TemplateView,
  templateList,
  templatePath,
  templateView,
} from '../../../protocol/operator-api/mail.ts'
import { nothing } from '../../../protocol/operator-api/session.ts'
import type { Assembly } from '../../assemble.ts'
import { aboutOf, templateOf } from '../../mail/catalogue.ts'
import { allTemplates, changeTemplate, knownName, preview, type Template, templateNamed } from '../../mail/templates.ts'
import { act } from '../act.ts'
import type { Given } from '../typed/option.ts'
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

export const mailTemplateActs = [
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
