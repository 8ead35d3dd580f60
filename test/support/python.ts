// The Python that has what test/doors/python.txt names, which `node setup.mjs doors` installs.
import { join } from 'node:path'

export const PYTHON = join(import.meta.dirname, '../../node_modules/.cache/doors-python/bin/python3')
