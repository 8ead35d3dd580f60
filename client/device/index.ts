// What pages and the worker use of this room.
export type {
  DeviceRequest,
  EnrolmentOffer,
  FurtherDevice,
  HistoryEntry,
  OwnDevice,
} from '../../protocol/device-api.ts'
export type { Notice } from '../../protocol/notices.ts'
export { type Activation, activate } from './activate.ts'
export { callsForCaution, situation } from './caution.ts'
export { type Clock, systemClock } from './clock.ts'
export { type Code, codeAt, plainKeys } from './codes.ts'
export { decide, deliver, type Outcome } from './decide.ts'
export { type Device, openDevice } from './device.ts'
export { abandonEnrolment, atStep, currentEnrolment, openEnrolment, withCredential } from './enrol.ts'
export { DeviceError, isRefusal, StorageError, type StorageFault, Unreachable, UnsealError } from './errors.ts'
export { forgetEverything } from './forget.ts'
export { hadTokens } from './had-tokens.ts'
export { cachedHistory, fetchHistory } from './history.ts'
export { leaveIntent, takeIntent } from './intents.ts'
export { refreshOrganisation, storedOrganisation } from './organisation.ts'
export { changePreferences, readPreferences } from './preferences.ts'
export { recentDecision, reportedHere } from './recent.ts'
export {
  cachedRequests,
  fetchRequests,
  rememberRequest,
  requestById,
  sendReceipt,
} from './requests.ts'
export type {
  Enrolment,
  EnrolmentStep,
  Organisation,
  Preferences,
  SealedToken,
  StoredToken,
  Unsent,
  UsableKeys,
} from './schema.ts'
export { PRF_INPUT, unsealTokenKeys } from './seal.ts'
export { noteSettled } from './settled.ts'
export type { Decision } from './statement.ts'
export {
  existingSubscription,
  pushPermission,
  renewSubscription,
  SubscriptionError,
  subscribe,
} from './subscription.ts'
export { isSealed, refreshTokens, removeToken, renameToken, storedTokens } from './tokens.ts'
export { markSeen, type Retried, retryUnsent, unsentFor } from './unsent.ts'
export { watchRequests } from './watch.ts'
export { within } from './within.ts'
export { mayApproveInWorker } from './worker-approval.ts'
export { type PageMessage, pageMessage, type WorkerMessage, workerMessage } from './worker-messages.ts'
