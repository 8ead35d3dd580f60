// A line of a file for spreadsheets (RFC 4180). Attack stopped: a name that begins like a formula, which the spreadsheet
// of whoever opens the file would run.
/** With guards before it, so that taking one away gives back what was there. */
const FORMULA = /^'*[=+\-@\t\r]/

export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

function cell(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
