// The entry for a page or a worker: runs the suite and says what came of it to whoever asks.
import { runVectors } from './suite.ts'

// A page has no `importScripts`, and a worker has no page to be asked through.
if ('importScripts' in globalThis) runVectors().then((outcomes) => postMessage(outcomes))
else Object.assign(globalThis, { runVectors })
