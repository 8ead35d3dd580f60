// What every step of retention is handed, and how far it goes.
import type { Signer } from '../audit/chain/mark.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Store } from '../store/store.ts'

export type RetentionNeeds = { store: Store; clock: Clock; auditSigner: Signer; config: Pick<Config, 'syslog'> }

/** As many as hold up whoever else writes for a few milliseconds. */
export const STEP = 200
