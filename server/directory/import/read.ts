// A file of people, line by line: what each line says, and what is wrong where.
import { CsvFault, readCsv, withoutGuard } from '../../../protocol/csv-reader.ts'
import { type ImportFault, MOST_IMPORTED } from '../../../protocol/operator-api/user-import.ts'
import { usernameKey, username as usernameText } from '../../../protocol/text.ts'
import { mailAddress } from '../../mail/address.ts'
import { splitGroups } from '../group-list.ts'
import { displayName as displayNameText } from '../users.ts'
import { letOthers } from './rest.ts'

/** What one line says; what it has no column for is undefined. */
export type ImportLine = {
  line: number
  key: string
  username: string
  /** undefined or empty: not said */
  name: string | undefined
  /** null: none */
  email: string | null | undefined
  groups: readonly string[] | undefined
}

const COLUMNS = ['username', 'name', 'email', 'groups'] as const
type ColumnName = (typeof COLUMNS)[number]
/** What an export has beyond that. */
const IGNORED = ['state', 'password', 'added', 'id']
const OTHER_NAMES: Record<string, ColumnName> = {
  'user name': 'username',
  user: 'username',
  login: 'username',
  'display name': 'name',
  displayname: 'name',
  mail: 'email',
  'e-mail': 'email',
  'mail address': 'email',
  group: 'groups',
}

/** Lines: so that whoever signs in meanwhile does not wait. */
const REST_EVERY = 500
/** A file of another kind has a fault on every line: nobody reads more than these. */
const MOST_FAULTS = 100

export class Faults {
  readonly first: ImportFault[] = []
  /** columns that are known and say nothing here */
  readonly ignored: string[] = []
  count = 0
  add(line: number, column: string | null, message: string, cell = ''): void {
    this.count++
    if (this.first.length < MOST_FAULTS) this.first.push({ line, column, message, found: beginningOf(cell) })
  }
}

/** As much as tells it apart. */
const FOUND_LENGTH = 40
const beginningOf = (cell: string) =>
  cell === '' ? null : [...cell.slice(0, 2 * FOUND_LENGTH)].slice(0, FOUND_LENGTH).join('')

/** @param rest between some lines and the next */
export async function readFile(text: string, faults: Faults, rest = letOthers): Promise<ImportLine[]> {
  const lines: ImportLine[] = []
  let read = 0
  const seen = new Map<string, number>()
  let header: (ColumnName | undefined)[] | undefined
  let width = 0
  try {
    for (const { line, cells } of readCsv(text)) {
      if (!header) {
        header = headerOf(line, cells, faults)
        width = cells.length
        if (!header) break
        continue
      }
      if (++read > MOST_IMPORTED) {
        faults.add(line, null, `is one too many: a file may have ${MOST_IMPORTED} people; import the rest by another`)
        break
      }
      if (cells.length !== width) faults.add(line, null, `has ${cells.length} cells, the first line has ${width}`)
      else readLine({ line, cells }, header, { lines, seen, faults })
      if (read % REST_EVERY === 0) await rest()
    }
  } catch (error) {
    if (!(error instanceof CsvFault)) throw error
    faults.add(error.line, null, error.message)
  }
  if (!header && faults.count === 0) faults.add(1, null, 'is missing: the first line names the columns')
  return lines
}

function headerOf(line: number, cells: string[], faults: Faults): (ColumnName | undefined)[] | undefined {
  const before = faults.count
  const named = cells.map((cell) => {
    const typed = cell.trim().toLowerCase()
    const name = COLUMNS.find((column) => column === typed) ?? OTHER_NAMES[typed]
    if (!name && IGNORED.includes(typed)) faults.ignored.push(typed)
    else if (!name) faults.add(line, cell.trim(), 'is no column that is known')
    return name
  })
  for (const column of COLUMNS)
    if (named.filter((name) => name === column).length > 1) faults.add(line, column, 'is there twice')
  if (!named.includes('username')) faults.add(line, 'username', 'is missing: the first line must name this column')
  return faults.count === before ? named : undefined
}

type Into = { lines: ImportLine[]; seen: Map<string, number>; faults: Faults }

function readLine(
  { line, cells }: { line: number; cells: string[] },
  header: readonly (ColumnName | undefined)[],
  { lines, seen, faults }: Into,
): void {
  const cell = (column: ColumnName) => {
    const at = header.indexOf(column)
    return at < 0 ? undefined : withoutGuard(cells[at]?.trim() ?? '')
  }
  const before = faults.count
  const username = cell('username') ?? ''
  const name = cell('name')
  const email = cell('email')
  check(usernameText.safeParse(username), 'username', username)
  if (name) check(displayNameText.safeParse(name), 'name', name)
  if (email) check(mailAddress.safeParse(email), 'email', email)
  const key = usernameKey(username)
  const twin = seen.get(key)
  if (twin !== undefined) faults.add(line, 'username', `is on line ${twin} already`, username)
  else seen.set(key, line)
  if (faults.count > before) return
  const named = cell('groups')
  const groups = named === undefined ? undefined : splitGroups(named)
  lines.push({ line, key, username, name, email: email === '' ? null : email, groups })

  type Read = { error?: { issues: readonly { message: string }[] } | undefined }
  function check(read: Read, column: ColumnName, found: string): void {
    const [issue] = read.error?.issues ?? []
    if (issue) faults.add(line, column, issue.message, found)
  }
}
