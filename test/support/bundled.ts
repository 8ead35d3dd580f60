// A module with all that it imports as one script, for what a test runs in a page.
import { build } from 'vite'

export async function bundled(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    build: { write: false, target: 'es2023', rolldownOptions: { input: entry } },
  })
  if (!('output' in result)) throw new TypeError('one build makes one output')
  return result.output.map((chunk) => ('code' in chunk ? chunk.code : '')).join('\n')
}
