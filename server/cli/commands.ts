import { appAdd } from './app.ts'
import { check } from './check.ts'
import type { Command } from './command.ts'
import { enrol } from './enrol.ts'
import { start } from './start.ts'
import { tokenList, tokenRevoke } from './token.ts'
import { userAdd, userList } from './user.ts'

export const COMMANDS: readonly Command[] = [start, userAdd, userList, enrol, appAdd, tokenList, tokenRevoke, check]
