// What pages and the worker use of this room.
export type { DeviceRequest, DeviceToken, EnrolmentOffer, HistoryEntry } from '../../protocol/device-api.ts'
export { type Activation, activate, UnlockNotPossible } from './activate.ts'
export type { DeviceApi } from './api.ts'
export { type Clock, type ServerClock, systemClock } from './clock.ts'
export { type Code, codeAt, plainKeys } from './codes.ts'
export { type Device, openDevice } from './device.ts'
export { abandonEnrolment, atStep, currentEnrolment, openEnrolment, withCredential } from './enrol.ts'
export { DeviceError, isRefusal, StorageError, type StorageFault, Unreachable, UnsealError } from './errors.ts'
export { hadTokens } from './had-tokens.ts'
export { leaveIntent, takeIntent } from './intents.ts'
export { changePreferences, readPreferences } from './preferences.ts'
export type {
  Appearance,
  Enrolment,
  EnrolmentStep,
  Preferences,
  RecentDecision,
  SealedToken,
  StoredToken,
  UsableKeys,
} from './schema.ts'
export { PRF_INPUT, unsealTokenKeys } from './seal.ts'
export { isSealed, refreshTokens, removeToken, renameToken, storedTokens } from './tokens.ts'
export { within } from './within.ts'
export { type PageMessage, pageMessage, type WorkerMessage, workerMessage } from './worker-messages.ts'
