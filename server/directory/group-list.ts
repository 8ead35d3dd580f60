// Names of groups in one cell of a file, as people write them: `Sales; Night shift`. A name that holds a semicolon or a
// quotation mark is quoted, as a cell is (RFC 4180 §2).
const NAME = /\s*(?:"(?:[^"]|"")*"|[^;]*)/g

export function joinedGroups(names: readonly string[]): string {
  return names.map((name) => (/[;"]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join('; ')
}

export function splitGroups(cell: string): string[] {
  const names = (cell.match(NAME) ?? []).map((found) => found.trim())
  return names
    .map((name) => (/^".*"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name))
    .filter((name) => name !== '')
}
