// `backup`: needs the store and its place alone, so it also works where nothing else does.
import { resolve } from 'node:path'
import * as z from 'zod/mini'
import { readConfig } from '../config.ts'
import { backUp } from '../store/backup.ts'
import { command } from './command.ts'

export const backup = command({
  name: 'backup',
  operands: ['file'],
  summary: 'copies the store to a new file, while the server runs; not the master key, which belongs elsewhere',
  options: {},
  input: z.object({ file: z.string().check(z.minLength(1)) }),
  run: async ({ file }, { env }) => {
    const made = await backUp(readConfig(env), resolve(file), env)
    return {
      json: { ok: true, ...made },
      lines: [`${made.file} holds the store as it was just now (${made.bytes} bytes). Keep the master key elsewhere.`],
    }
  },
})
