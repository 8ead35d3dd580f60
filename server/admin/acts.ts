// Every act there is, in the order in which the API's description shows them.
import type { Act } from './act.ts'
import { activationLinkActs } from './acts/activation-links.ts'
import { apiTokenActs } from './acts/api-tokens.ts'
import { applicationSecretActs } from './acts/application-secrets.ts'
import { applicationActs } from './acts/applications.ts'
import { auditActs } from './acts/audit.ts'
import { deskActs } from './acts/desk.ts'
import { directoryActs } from './acts/directory.ts'
import { enrolmentActs } from './acts/enrolment.ts'
import { groupActs } from './acts/groups.ts'
import { liveActs } from './acts/live.ts'
import { loggingActs } from './acts/logging.ts'
import { mailActs } from './acts/mail.ts'
import { mailTemplateActs } from './acts/mail-templates.ts'
import { measureActs } from './acts/measures.ts'
import { oidcActs } from './acts/oidc.ts'
import { operatorActs } from './acts/operators.ts'
import { overviewActs } from './acts/overview.ts'
import { passkeyActs } from './acts/passkeys.ts'
import { policyActs } from './acts/policies.ts'
import { radiusClientActs } from './acts/radius-clients.ts'
import { reportActs } from './acts/reports.ts'
import { retentionActs } from './acts/retention.ts'
import { sessionActs } from './acts/session.ts'
import { signInNoticeActs } from './acts/sign-in-notice.ts'
import { signActs } from './acts/signs.ts'
import { syslogActs } from './acts/syslog.ts'
import { tokenActs } from './acts/tokens.ts'
import { userFileActs } from './acts/user-files.ts'
import { userActs } from './acts/users.ts'
import { webhookDeliveryActs } from './acts/webhook-deliveries.ts'
import { webhookActs } from './acts/webhooks.ts'

export const ACTS: readonly Act[] = [
  ...sessionActs,
  ...passkeyActs,
  ...overviewActs,
  ...signInNoticeActs,
  ...liveActs,
  ...reportActs,
  ...signActs,
  ...deskActs,
  ...measureActs,
  ...operatorActs,
  ...apiTokenActs,
  ...userFileActs,
  ...userActs,
  ...tokenActs,
  ...activationLinkActs,
  ...enrolmentActs,
  ...groupActs,
  ...applicationActs,
  ...applicationSecretActs,
  ...radiusClientActs,
  ...oidcActs,
  ...policyActs,
  ...directoryActs,
  ...mailActs,
  ...mailTemplateActs,
  ...webhookActs,
  ...webhookDeliveryActs,
  ...auditActs,
  ...syslogActs,
  ...loggingActs,
  ...retentionActs,
]
