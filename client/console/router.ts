import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import type { ActName } from '../../protocol/permissions.ts'
import NotLoaded from './not-loaded.vue'
import NothingHere from './nothing-here.vue'
import { PLACES, type Place } from './places.ts'
import InvitationPage from './session/invitation-page.vue'

declare module 'vue-router' {
  interface RouteMeta {
    /** what one must be allowed to do to see the page; absent: anybody */
    act?: ActName
  }
}

/** Browsers say by a TypeError that a script did not come. */
function loaded(page: Place['page']): ReturnType<Place['page']> {
  return page().catch((error: unknown) => {
    if (error instanceof TypeError) return NotLoaded
    throw error
  })
}

/** @param code of a one-time link, taken out of the address */
export function makeRouter(code: string | undefined) {
  const routes: RouteRecordRaw[] = [
    { path: '/', name: 'start', redirect: { name: 'overview' } },
    { path: '/invitation', name: 'invitation', component: InvitationPage, props: { code } },
    ...PLACES.map(({ name, path, act, page }) => ({ path, name, component: () => loaded(page), meta: { act } })),
    {
      path: '/users/import',
      name: 'user-import',
      component: () => loaded(() => import('./users/import-page.vue')),
      meta: { act: 'users.import' },
    },
    {
      path: '/users/:id',
      name: 'person',
      component: () => loaded(() => import('./person/person-page.vue')),
      props: true,
      meta: { act: 'users.show' },
    },
    {
      path: '/settings/mail/:name',
      name: 'mail-template',
      component: () => loaded(() => import('./settings/template-page.vue')),
      props: true,
      meta: { act: 'mail-templates.show' },
    },
    {
      path: '/policies/:scope',
      name: 'policy',
      component: () => loaded(() => import('./policies/policy-page.vue')),
      props: true,
      meta: { act: 'policies.show' },
    },
    {
      path: '/applications/:id',
      name: 'application',
      component: () => loaded(() => import('./applications/application-page.vue')),
      props: true,
      meta: { act: 'applications.show' },
    },
    {
      path: '/webhooks/:id',
      name: 'webhook',
      component: () => loaded(() => import('./webhooks/webhook-page.vue')),
      props: true,
      meta: { act: 'webhooks.show' },
    },
    { path: '/:rest(.*)*', name: 'nothing', component: NothingHere },
  ]
  return createRouter({ history: createWebHistory('/console'), routes, scrollBehavior: () => ({ top: 0 }) })
}
