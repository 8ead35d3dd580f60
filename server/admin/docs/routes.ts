// The pages to read about our APIs, and the script by which PAM asks, on the public origin.
import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import { t } from '../../../words/api-page.ts'
import { applicationDescription } from '../../http/application-description.ts'
import type { Env } from '../../http/env.ts'
import { ACTS } from '../acts.ts'
import { openApi } from '../openapi.ts'
import { type ApiPage, apiPage, type Description } from './page.ts'

const ADMIN = '/docs/api'
const APPLICATION = '/docs/api/v1'

const fileBeside = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const style = fileBeside('page.css')
const script = fileBeside('try.page.js')
const pam = fileBeside('countersign-pam')

/** Below /docs. */
export function docsPages(): Hono<Env> {
  const pages = new Hono<Env>()
  pages.get('/api', page(adminPage))
  pages.get('/api/v1', page(applicationPage))
  pages.get('/api/page.css', () => file(style, 'text/css'))
  pages.get('/api/try.js', () => file(script, 'text/javascript'))
  pages.get('/pam/countersign-pam', () => file(pam, 'text/plain'))
  return pages
}

/** Made once, and only if somebody reads it. */
function page(about: () => ApiPage) {
  let made: string | undefined
  return () => {
    made ??= apiPage(about())
    return file(made, 'text/html')
  }
}

const file = (text: string, type: string) =>
  new Response(text, { headers: { 'Content-Type': `${type}; charset=utf-8` } })

const adminPage = (): ApiPage => ({
  title: t('api.admin.title'),
  why: t('api.admin.why'),
  key: t('api.admin.key'),
  variable: 'COUNTERSIGN_TOKEN',
  document: '/admin/v1/openapi.json',
  links: [
    [APPLICATION, t('api.application.title')],
    ['/console/', t('api.console')],
  ],
  description: openApi(ACTS) as Description,
  commands: new Map(ACTS.flatMap(({ name, cli }) => (cli ? [[name, cli.name] as const] : []))),
})

const applicationPage = (): ApiPage => ({
  title: t('api.application.title'),
  why: t('api.application.why'),
  key: t('api.application.key'),
  variable: 'COUNTERSIGN_KEY',
  document: '/api/v1/openapi.json',
  links: [
    [ADMIN, t('api.admin.title')],
    ['/console/applications', t('api.console')],
  ],
  description: applicationDescription() as Description,
})
