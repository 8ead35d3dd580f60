// Imported before anything else: schemas decide while they are made whether they may compile code, which our CSP forbids.
import * as z from 'zod/mini'

z.config({ jitless: true })
