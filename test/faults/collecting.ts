// Loaded before the program, where its memory is measured: it collects its garbage when it is told to, and says what is
// left.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { COLLECTED } from './collected.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
setFlagsFromString('--no-expose-gc')

process.on('SIGWINCH', () => {
  // Twice: what the first round finalises is free after the second.
  collect()
  collect()
  process.stderr.write(`${COLLECTED}${JSON.stringify(process.memoryUsage())}\n`)
})
