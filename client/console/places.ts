// The pages of the console, in the order of the side bar. Whoever adds a page adds a line here, its title as
// `place.<name>` in words/en/console, and its folder beside this file.
import type { Component } from 'vue'
import type { RouteComponent } from 'vue-router'
import type { ActName } from '../../protocol/permissions.ts'
import {
  IconApps,
  IconBook,
  IconDoor,
  IconGauge,
  IconGroup,
  IconHistory,
  IconKey,
  IconLock,
  IconPeople,
  IconProgram,
  IconScan,
  IconScreen,
  IconSend,
  IconSettings,
  IconShield,
  IconWarning,
} from '../ui/icons.ts'

export type Place = {
  name:
    | 'overview'
    | 'live'
    | 'reports'
    | 'users'
    | 'tokens'
    | 'groups'
    | 'enrolment'
    | 'policies'
    | 'applications'
    | 'doors'
    | 'webhooks'
    | 'audit'
    | 'operators'
    | 'api-tokens'
    | 'settings'
    | 'passkeys'
  /** below /console */
  path: string
  /** whose role may not do this does not see the page */
  act: ActName
  icon: Component
  /** 'you': at the bottom, with the name of whoever is signed in; a line stands between the others */
  group: 'watch' | 'people' | 'rules' | 'you'
  page: () => Promise<RouteComponent>
}

export const PLACES: readonly Place[] = [
  {
    name: 'overview',
    path: '/overview',
    act: 'overview.show',
    icon: IconGauge,
    group: 'watch',
    page: () => import('./overview/overview-page.vue'),
  },
  {
    name: 'live',
    path: '/live',
    act: 'live.watch',
    icon: IconHistory,
    group: 'watch',
    page: () => import('./live/live-page.vue'),
  },
  {
    name: 'reports',
    path: '/reports',
    act: 'reports.list',
    icon: IconWarning,
    group: 'watch',
    page: () => import('./reports/reports-page.vue'),
  },
  {
    name: 'users',
    path: '/users',
    act: 'users.list',
    icon: IconPeople,
    group: 'people',
    page: () => import('./users/users-page.vue'),
  },
  {
    name: 'tokens',
    path: '/tokens',
    act: 'tokens.all',
    icon: IconScreen,
    group: 'people',
    page: () => import('./tokens/tokens-page.vue'),
  },
  {
    name: 'groups',
    path: '/groups',
    act: 'groups.list',
    icon: IconGroup,
    group: 'people',
    page: () => import('./groups/groups-page.vue'),
  },
  {
    name: 'enrolment',
    path: '/enrolment',
    act: 'enrolments.unenrolled',
    icon: IconScan,
    group: 'people',
    page: () => import('./enrolment/enrolment-page.vue'),
  },
  {
    name: 'policies',
    path: '/policies',
    act: 'policies.list',
    icon: IconLock,
    group: 'rules',
    page: () => import('./policies/policies-page.vue'),
  },
  {
    name: 'applications',
    path: '/applications',
    act: 'applications.list',
    icon: IconApps,
    group: 'rules',
    page: () => import('./applications/applications-page.vue'),
  },
  {
    name: 'doors',
    path: '/doors',
    act: 'radius-clients.list',
    icon: IconDoor,
    group: 'rules',
    page: () => import('./doors/doors-page.vue'),
  },
  {
    name: 'webhooks',
    path: '/webhooks',
    act: 'webhooks.list',
    icon: IconSend,
    group: 'rules',
    page: () => import('./webhooks/webhooks-page.vue'),
  },
  {
    name: 'audit',
    path: '/audit',
    act: 'audit.list',
    icon: IconBook,
    group: 'rules',
    page: () => import('./audit/audit-page.vue'),
  },
  {
    name: 'operators',
    path: '/operators',
    act: 'operators.list',
    icon: IconShield,
    group: 'rules',
    page: () => import('./operators/operators-page.vue'),
  },
  {
    name: 'api-tokens',
    path: '/api-tokens',
    act: 'api-tokens.list',
    icon: IconProgram,
    group: 'rules',
    page: () => import('./api-tokens/api-tokens-page.vue'),
  },
  {
    name: 'settings',
    path: '/settings',
    act: 'mails.list',
    icon: IconSettings,
    group: 'rules',
    page: () => import('./settings/settings-page.vue'),
  },
  {
    name: 'passkeys',
    path: '/passkeys',
    act: 'passkeys.list',
    icon: IconKey,
    group: 'you',
    page: () => import('./passkeys/passkeys-page.vue'),
  },
]
