// Passwords that whoever guesses tries first (NIST SP 800-63B-4 §3.1.1.2): what many people choose, what is near on a
// keyboard, what repeats itself, and what the account is called. Nothing is asked of how a password is put together.
import { Problem } from '../../protocol/problems.ts'
import type { UserRow } from './rows.ts'

const COMMON = new Set(
  `abc access account admin administrator angel anything august autumn baseball basketball batman blink blue bonjour
  business buster butterfly cambiame changeme charlie cheese chocolate computer cookie country daniel december default
  demo diamond doctor dolphin dragon einstein everything family flower football forever freedom friday friend friends
  gandalf geheim george ginger god google guest hallo hammer happy harley heaven heidi hello hockey holiday hunter
  iceman iloveyou internet january jasmine jennifer jessica jesus joshua july june justin killer kitty letmein letme
  liverpool login london love lovely lucky maggie magic manager marina mercedes michael michelle midnight monday money
  monkey monster mother mustang mypass mypassword nicole nintendo nothing november october office orange orchid pass
  passw passwd passwort password passphrase peanut pepper phoenix pokemon porsche princess private purple rainbow ranger
  robert root samsung scooter secret secure security september service shadow silver soccer spider spring starwars
  strong summer sunday sunflower sunset sunshine superman superuser support sweetheart sysadmin teacher temp temporary
  test tester testing thomas tiger together tomorrow trustno turtle user username victoria wachtwoord welcome welkom
  whatever willkommen windows winner winter wizard yankees yellow`.split(/\s+/),
)

const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertyuiop',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn',
  '1q2w3e4r5t6y7u8i9o0p',
]
const RUNS = ROWS.flatMap((row) => [row, [...row].reverse().join('')])
const INSTEAD: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
}

/** Some 50,000 that leaks are full of; half a megabyte, so nobody who sets no password has them in memory. */
const leaked = async () =>
  (await import('@zxcvbn-ts/language-common/src/passwords.json', { with: { type: 'json' } })).default
/** Shorter ones nobody may have; whoever has one of them in a longer password has added something. */
const WHOLE = 8

/** @param about what the account is called: user name, display name, organisation */
export async function isGuessable(password: string, about: readonly string[]): Promise<boolean> {
  const text = password.normalize('NFKC').toLowerCase()
  if (/^(.{1,4})\1+.?$/u.test(text) || RUNS.some((run) => run.includes(text))) return true
  const words = new Set([...COMMON, ...about.flatMap(namesIn)])
  // What is hung on to a word, as in Summer2026!, and what stands for a letter, as in P@ssw0rd.
  const bare = text.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  const forms = [text, bare, spelled(text), spelled(bare), spelled(text.replaceAll(/[\d\W_]+$/gu, ''))]
  const isKnown = (said: string) =>
    words.has(said) || isTwice(said, words) || RUNS.some((run) => said.length > 3 && run.includes(said))
  if (forms.some(isKnown)) return true
  const common = await leaked()
  return forms.some((said) => said.length >= WHOLE && common.includes(said))
}

const spelled = (text: string) => text.replaceAll(/[@431!0$57]/g, (sign) => INSTEAD[sign] ?? sign)

/** 'passwordpassword', 'alicealice', 'harbouralice'. */
function isTwice(said: string, words: ReadonlySet<string>): boolean {
  for (let at = 2; at < said.length - 1; at++)
    if (words.has(said.slice(0, at)) && words.has(said.slice(at))) return true
  return false
}

/** The name whole, its words, and them without what stands between. */
function namesIn(name: string): string[] {
  const text = name.normalize('NFKC').toLowerCase()
  return [text, ...text.split(/[^\p{L}\p{N}]+/u), text.replaceAll(/[^\p{L}\p{N}]+/gu, '')].filter(
    ({ length }) => length > 2,
  )
}

type Around = { organisation: { name: string } }
type Names = Pick<UserRow, 'username' | 'display_name'>

/** Whether it is among the first that are tried for this person. */
export function isGuessableOf({ organisation }: Around, { username, display_name }: Names, password: string) {
  return isGuessable(password, [username, display_name, organisation.name])
}

/** @throws {Problem} guessable-password */
export async function refuseGuessable(around: Around, names: Names, password: string): Promise<void> {
  if (await isGuessableOf(around, names, password)) throw new Problem('guessable-password')
}
