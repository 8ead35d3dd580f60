// Every vector that our code must get right wherever it runs: page, worker and Node. Nothing here knows which it is.
import { canonicalJson } from './canonical-json.ts'
import { oneTimePasswords } from './one-time-passwords.ts'
import { proofs } from './proofs.ts'
import { type Outcome, outcomeOf } from './vector.ts'
import { workedExample } from './worked-example.ts'

const VECTORS = [...oneTimePasswords, ...canonicalJson, ...proofs, ...workedExample]

export function runVectors(): Promise<Outcome[]> {
  return Promise.all(VECTORS.map(outcomeOf))
}
