// People as files of spreadsheets.

import { timestamp } from '../../../protocol/login-request.ts'
import {
  exportUsersCall,
  importCall,
  imported,
  importPreview,
  LARGEST_IMPORT,
} from '../../../protocol/operator-api/user-import.ts'
import { record } from '../../audit/record.ts'
import { exportUsers } from '../../directory/export.ts'
import { knownGroup } from '../../directory/groups.ts'
import { importUsers } from '../../directory/import/apply.ts'
import { previewImport } from '../../directory/import/preview.ts'
import { act, downloadAct } from '../act.ts'

const CSV = { type: 'text/csv', most: LARGEST_IMPORT }

export const userFileActs = [
  act({
    name: 'users.preview-import',
    http: ['POST', '/user-imports/preview'],
    summary: 'says what a CSV file of people would change, and what is wrong in it by line and column',
    input: importCall,
    output: importPreview,
    upload: CSV,
    run: (parts, { file }, _by, { isGone }) => previewImport(parts, file, isGone),
  }),
  act({
    name: 'users.import',
    http: ['POST', '/user-imports'],
    summary: 'adds and changes people by a CSV file, in steps; nothing where a line is not right',
    input: importCall,
    output: imported,
    upload: CSV,
    dangerous: true,
    run: (parts, { file }, by) => importUsers(parts, file, by),
  }),
  downloadAct({
    name: 'users.export',
    http: ['GET', '/users.csv'],
    summary: 'gives the people of the directory as a file for spreadsheets',
    input: exportUsersCall,
    download: ['text/csv'],
    run: async (parts, { stuck: how, ...filter }, by) => {
      const now = parts.clock.now()
      if (filter.group !== undefined) await knownGroup(parts.store.read, filter.group)
      await parts.store.write((tx) => record(tx, { at: now, kind: 'users-exported', by }))
      return {
        type: 'text/csv; charset=utf-8',
        name: `users-${timestamp(now).slice(0, 10)}.csv`,
        chunks: exportUsers(parts, { ...filter, stuck: how && { how, at: now } }),
      }
    },
  }),
]
