// Which names of operators people take for one another's. Attack stopped: somebody is invited, calls themselves by the
// owner's name with a Cyrillic letter in it, and stands in lists, notices and audit log as the owner.
import type { OperatorId } from '../../protocol/ids.ts'
import { Problem } from '../../protocol/problems.ts'
import { holdName } from '../store/hold-name.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { allOperators, operatorNameKey } from './rows.ts'

/** Nobody's, for they stand for this server's own doing. */
const RESERVED = ['command line', 'directory', 'Countersign', 'system']

/** What is mistaken for a Latin letter, by that letter: of Unicode's confusables (UTS #39) those that names are written in. */
const LOOKS: Readonly<Record<string, string>> = {
  a: 'АаΑα',
  b: 'ВΒЬ',
  c: 'СсϹϲ',
  d: 'ԁ',
  e: 'ЕеΕ',
  h: 'НҺһΗ',
  i: 'іι',
  j: 'Јј',
  k: 'КкΚκ',
  l: 'I1|ІΙӀӏǀ',
  m: 'МΜ',
  n: 'Νпη',
  o: '0ОоΟοσՕօ',
  p: 'РрΡρ',
  q: 'Ԛԛ',
  s: 'Ѕѕ',
  t: 'ТΤ',
  u: 'υս',
  v: 'Ѵѵν',
  w: 'Ԝԝω',
  x: 'ХхΧχ',
  y: 'УуΥγү',
  z: 'Ζ',
}
const LATIN = new Map(Object.entries(LOOKS).flatMap(([latin, alike]) => [...alike].map((one) => [one, latin] as const)))
/** Not seen at all, or hardly. */
const UNSEEN = /[\s\p{Default_Ignorable_Code_Point}]/gu

/** The same for names that look the same, whatever they are written with. */
function looksOf(name: string): string {
  const seen = [...name.normalize('NFKC').replace(UNSEEN, '')].map((one) => LATIN.get(one) ?? one).join('')
  return seen.toLowerCase().replaceAll('rn', 'm').replaceAll('vv', 'w')
}

export function looksLike(name: string, other: string): boolean {
  return operatorNameKey(name) === operatorNameKey(other) || looksOf(name) === looksOf(other)
}

/**
 * Until the end of the transaction nobody else is named. Attack stopped: two that look alike, at once, neither of which
 * finds the other.
 * @param asked.id whose own name it may be already
 * @throws {Problem} operator-name-taken, with the name that it is `like`
 */
export async function refuseLikeness(
  tx: Db,
  store: Pick<Store, 'engine'>,
  { id, name }: { id?: OperatorId; name: string },
): Promise<void> {
  await holdName(tx, store, 'names of operators')
  const others = (await allOperators(tx)).filter((operator) => operator.id !== id).map((operator) => operator.name)
  const like = [...others, ...RESERVED].find((other) => looksLike(name, other))
  if (like === undefined) return
  const detail = `It is read as “${like}”, which is somebody else’s.`
  throw new Problem('operator-name-taken', { detail, members: { like } })
}
