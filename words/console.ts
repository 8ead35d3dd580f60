import { apiTokens } from './en/console/api-tokens.ts'
import { applications } from './en/console/applications.ts'
import { audit } from './en/console/audit.ts'
import { blocks } from './en/console/blocks.ts'
import { directory } from './en/console/directory.ts'
import { doors } from './en/console/doors.ts'
import { enrolment } from './en/console/enrolment.ts'
import { entra } from './en/console/entra.ts'
import { groups } from './en/console/groups.ts'
import { live } from './en/console/live.ts'
import { openidClient } from './en/console/openid-client.ts'
import { openidProvider } from './en/console/openid-provider.ts'
import { operators } from './en/console/operators.ts'
import { overview } from './en/console/overview.ts'
import { person } from './en/console/person.ts'
import { policies } from './en/console/policies.ts'
import { provisioning } from './en/console/provisioning.ts'
import { radiusClients } from './en/console/radius-clients.ts'
import { reports } from './en/console/reports.ts'
import { retention } from './en/console/retention.ts'
import { session } from './en/console/session.ts'
import { settings } from './en/console/settings.ts'
import { shell } from './en/console/shell.ts'
import { tokens } from './en/console/tokens.ts'
import { users } from './en/console/users.ts'
import { webhooks } from './en/console/webhooks.ts'
import { problems } from './en/problems.ts'
import { type KeyOf, translator } from './translate.ts'

/** A file a page; a page adds its own here. */
const catalogue = {
  ...problems,
  ...shell,
  ...session,
  ...live,
  ...reports,
  ...operators,
  ...apiTokens,
  ...users,
  ...tokens,
  ...person,
  ...groups,
  ...enrolment,
  ...policies,
  ...settings,
  ...provisioning,
  ...applications,
  ...audit,
  ...doors,
  ...radiusClients,
  ...openidClient,
  ...entra,
  ...openidProvider,
  ...directory,
  ...blocks,
  ...webhooks,
  ...retention,
  ...overview,
} as const

export const { t, parts } = translator(catalogue)
export type ConsoleKey = KeyOf<typeof catalogue>
export const isConsoleKey = (key: string): key is ConsoleKey => Object.hasOwn(catalogue, key)
