#!/usr/bin/env node
// What was compiled once is kept beside the packages: a start takes half as long. Not where Node would keep it by itself,
// in a folder for everybody's temporary files: whoever can write there could have this program run what they like.
// In plain JavaScript, for a file with types that comes before that would have Node load its compiler at each start.
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { PROGRAM, packedFolder, ROOT } from './packed.js'

// What a start does it does once: the compilers that make hot code quicker would be loaded for it, seven megabytes of
// Node that an idle server then holds. Afterwards they are let in (after-start.ts).
if (process.argv[2] === 'start') for (const compiler of ['opt', 'maglev']) setFlagsFromString(`--no-${compiler}`)

const packed = packedFolder()
enableCompileCache(packed ? join(packed, 'compiled') : join(ROOT, 'node_modules/.cache/countersign'))
await import(packed ? pathToFileURL(join(packed, PROGRAM)).href : './countersign.ts')
