// One set of migrations for both engines; what differs comes in as an argument.
import type { Steps } from './migrate.ts'
import { first } from './migrations/0001-first.ts'
import { operators } from './migrations/0002-operators.ts'
import { groups } from './migrations/0003-groups.ts'
import { enrolments } from './migrations/0004-enrolments.ts'
import { audit } from './migrations/0007-audit.ts'
import { applications } from './migrations/0008-applications.ts'
import { watch } from './migrations/0009-watch.ts'
import { mail } from './migrations/0010-mail.ts'
import { unenrolled } from './migrations/0011-unenrolled.ts'
import { account } from './migrations/0012-account.ts'
import { policies } from './migrations/0013-policies.ts'
import { remembered } from './migrations/0013-remembered.ts'
import { risk } from './migrations/0013-risk.ts'
import { applicationDoors } from './migrations/0014-applications.ts'
import { deliveries } from './migrations/0014-deliveries.ts'
import { retention } from './migrations/0014-retention.ts'
import { webhooks } from './migrations/0014-webhooks.ts'
import { desk } from './migrations/0015-desk.ts'
import { provisioning } from './migrations/0020-provisioning.ts'
import { people as foundPeople } from './migrations/0022-people.ts'
import { weakTokens } from './migrations/0023-weak-tokens.ts'
import { moves } from './migrations/0026-moves.ts'
import { unconfirmed } from './migrations/0027-unconfirmed.ts'
import { radius } from './migrations/0030-radius.ts'
import { oidcClients } from './migrations/0033-oidc-clients.ts'
import { ciba } from './migrations/0034-ciba.ts'
import { entra } from './migrations/0035-entra.ts'
import { protectedSites } from './migrations/0037-protected-sites.ts'
import { wordsOfOne } from './migrations/0038-words-of-one.ts'
import { keptEvidence } from './migrations/0041-kept-evidence.ts'
import { foreseen } from './migrations/0042-foreseen.ts'
import { confirmedAddresses } from './migrations/0043-confirmed-addresses.ts'
import { signs } from './migrations/0056-signs.ts'
import { reportedSignIns } from './migrations/0057-reported-sign-ins.ts'
import { registrationMaker } from './migrations/0059-registration-maker.ts'
import { cibaClaims } from './migrations/0060-ciba-claims.ts'
import { unreachable } from './migrations/0061-unreachable.ts'
import { addressNews } from './migrations/0062-address-news.ts'
import { typedSignIns } from './migrations/0063-typed-sign-ins.ts'
import { plainArtifacts } from './migrations/0065-plain-artifacts.ts'
import { actsOfAKind } from './migrations/0068-acts-of-a-kind.ts'
import { endedByReport } from './migrations/0072-ended-by-report.ts'
import { radiusHeard } from './migrations/0076-radius-heard.ts'
import { allTokens } from './migrations/0080-all-tokens.ts'
import { deviceNames } from './migrations/0081-device-names.ts'
import { copiedPasskeys } from './migrations/0082-copied-passkeys.ts'
import { knownPlaces } from './migrations/0084-known-places.ts'
import { howASessionWasConfirmed } from './migrations/0086-how-a-session-was-confirmed.ts'
import { formerNames } from './migrations/0087-former-names.ts'
import { processes } from './migrations/0088-processes.ts'
import { auditInParts } from './migrations/0089-audit-in-parts.ts'
import { makersOfLinks } from './migrations/0090-makers-of-links.ts'
import { tokensOfTokens } from './migrations/0095-tokens-of-tokens.ts'
import { linksOfDevices } from './migrations/0098-links-of-devices.ts'
import { sessionsByCode } from './migrations/0099-sessions-by-code.ts'
import { sessionsByPasscode } from './migrations/0100-sessions-by-passcode.ts'
import type { EngineColumns } from './migrations/tables.ts'

/**
 * Kysely takes them in the order of their names, whatever their place here. A number is set aside when work on a step
 * begins, so some were never used and some stand twice. What `+` and `-` at an end mean is in migrate.ts.
 */
export function migrations(engine: EngineColumns): Steps {
  return {
    '0001-first': { up: (db) => first(db, engine) },
    '0002-operators': { up: (db) => operators(db, engine) },
    '0003-groups': { up: (db) => groups(db, engine) },
    '0004-enrolments': { up: enrolments },
    '0007-audit': { up: audit },
    '0008-applications': { up: applications },
    '0009-watch': { up: watch },
    '0010-mail': { up: mail },
    '0011-unenrolled': { up: unenrolled },
    '0012-account': { up: account },
    '0013-policies': { up: policies },
    '0013-remembered': { up: remembered },
    '0013-risk': { up: risk },
    '0014-applications': { up: applicationDoors },
    '0014-deliveries': { up: deliveries },
    '0014-retention': { up: retention },
    '0014-webhooks': { up: webhooks },
    '0015-desk': { up: desk },
    '0020-provisioning': { up: provisioning },
    '0022-people': { up: foundPeople },
    '0023-weak-tokens': { up: weakTokens },
    '0026-moves': { up: moves },
    '0027-unconfirmed': { up: unconfirmed },
    '0030-radius': { up: radius },
    '0033-oidc-clients': { up: oidcClients },
    '0034-ciba': { up: ciba },
    '0035-entra': { up: entra },
    '0037-protected-sites': { up: protectedSites },
    '0038-words-of-one': { up: wordsOfOne },
    '0041-kept-evidence': { up: keptEvidence },
    '0042-foreseen': { up: foreseen },
    '0043-confirmed-addresses': { up: confirmedAddresses },
    '0056-signs': { up: signs },
    '0057-reported-sign-ins': { up: reportedSignIns },
    '0059-registration-maker': { up: registrationMaker },
    '0060-ciba-claims': { up: cibaClaims },
    '0061-unreachable': { up: unreachable },
    '0065-plain-artifacts': { up: plainArtifacts },
    '0068-acts-of-a-kind+': actsOfAKind(engine),
    '0062-address-news': { up: addressNews },
    '0072-ended-by-report': { up: endedByReport },
    '0076-radius-heard+': { up: radiusHeard },
    '0063-typed-sign-ins+': typedSignIns(engine),
    '0080-all-tokens+': allTokens(engine),
    '0081-device-names+': { up: (db) => deviceNames(db, engine) },
    '0082-copied-passkeys+': { up: copiedPasskeys },
    // Changes nothing: a release that can't open what this one seals is not to go on beside it.
    '0083-sealed-by-xaes': { up: async () => {} },
    '0084-known-places+': { up: knownPlaces },
    '0086-how-a-session-was-confirmed+': { up: howASessionWasConfirmed },
    '0087-former-names+': { up: formerNames },
    '0088-processes': processes(engine),
    '0089-audit-in-parts+': auditInParts(engine),
    '0090-makers-of-links+': { up: makersOfLinks },
    '0095-tokens-of-tokens+': { up: tokensOfTokens },
    '0098-links-of-devices+': { up: linksOfDevices },
    '0099-sessions-by-code+': { up: sessionsByCode },
    '0100-sessions-by-passcode+': { up: sessionsByPasscode },
  }
}
