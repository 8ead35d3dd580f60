// The app's routes. The worker allow-lists the same ones.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import HomePage from './tokens/home-page.vue'

const routes: RouteRecordRaw[] = [
  {
    path: '/',
    component: HomePage,
    children: [
      { path: '', name: 'home', component: { render: () => null } },
      // A sheet over the codes, not a page of its own.
      { path: 'requests/:id', name: 'request', component: () => import('./requests/request-sheet.vue'), props: true },
    ],
  },
  { path: '/enrol', name: 'enrol', component: () => import('./enrol/enrol-page.vue') },
  { path: '/history', name: 'history', component: () => import('./history/history-page.vue') },
  { path: '/devices', name: 'devices', component: () => import('./devices/devices-page.vue') },
  { path: '/settings', name: 'settings', component: () => import('./settings/settings-page.vue') },
  { path: '/tokens/:id', name: 'token', component: () => import('./tokens/token-page.vue'), props: true },
  { path: '/:rest(.*)*', name: 'nothing', component: () => import('./nothing-here.vue') },
]

export function makeRouter() {
  return createRouter({
    history: createWebHistory(),
    routes,
    scrollBehavior: ({ hash }) => (hash ? { el: hash } : { top: 0 }),
  })
}
