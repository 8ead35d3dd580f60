// /admin/v1/user-imports and /admin/v1/users.csv: people as files of spreadsheets.
import * as z from 'zod/mini'
import { groupId } from '../ids.ts'
import { stuckHow, userState } from './users.ts'

export const LARGEST_IMPORT = 32 * 1024 * 1024
/** Lines below the first one: all of them are held in memory while they are compared. */
export const MOST_IMPORTED = 200_000

/** The file is the body, text/csv. */
export const importCall = z.object({ file: z.string() })

const importFault = z.object({
  line: z.int(),
  /** null: the whole line */
  column: z.nullable(z.string()),
  message: z.string(),
  /** how the cell begins; null: that says nothing */
  found: z.nullable(z.string()),
})
export type ImportFault = z.infer<typeof importFault>

const plannedChange = z.object({
  line: z.int(),
  username: z.string(),
  displayName: z.string(),
  deed: z.enum(['add', 'change']),
  /** what of them changes */
  members: z.array(z.string()),
})
export type PlannedChange = z.infer<typeof plannedChange>

const counts = { added: z.int(), changed: z.int(), unchanged: z.int() }

export const importPreview = z.object({
  ...counts,
  /** where there is one, nothing is imported */
  faultCount: z.int(),
  /** columns whose content is not taken over: nobody is suspended, and no password set, by a file */
  ignored: z.array(z.string()),
  /** the first hundred */
  faults: z.array(importFault),
  /** the first hundred */
  changes: z.array(plannedChange),
})
export type ImportPreview = z.infer<typeof importPreview>

export const imported = z.object(counts)
export type Imported = z.infer<typeof imported>

/** Beside `import-broken-off`: what was done of the file before, and the last line up to which all was. */
export type BrokenOff = Imported & { line: number }

export const exportUsersCall = z.object({
  group: z.optional(groupId),
  state: z.optional(userState),
  stuck: z.optional(stuckHow),
})
