import { ACTS } from '../admin/acts.ts'
import { commandOf } from './act-command.ts'
import { appAdd } from './app.ts'
import { auditExport, auditVerify } from './audit.ts'
import { backup } from './backup.ts'
import { check } from './check.ts'
import type { Command } from './command.ts'
import { enrol } from './enrol.ts'
import { migrateStore } from './migrate-store.ts'
import { rotateMaster, rotateVapidKey } from './rotate.ts'
import { start } from './start.ts'
import { tokenExport } from './token-files.ts'
import { userAdd, userPassword } from './user.ts'
import { userExport, userImport } from './user-files.ts'

export const COMMANDS: readonly Command[] = [
  start,
  userAdd,
  userPassword,
  enrol,
  appAdd,
  ...ACTS.flatMap(commandOf),
  userImport,
  userExport,
  tokenExport,
  auditVerify,
  auditExport,
  backup,
  migrateStore,
  rotateVapidKey,
  rotateMaster,
  check,
]
