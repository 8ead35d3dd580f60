// A line of a file for spreadsheets (RFC 4180). Attack stopped: a name that begins like a formula, which the spreadsheet
// of whoever opens the file would run.
/** With guards before it, so that taking one away gives back what was there; and with what nobody sees between. */
export const FORMULA = /^'*(?:[\t\r]|[\s\ufeff\u200b-\u200d\u2060]*[=+\-@\uff0b\uff0d\uff1d\uff20])/
/** Where a cell begins for a spreadsheet that takes another mark for the separator, and knows no quotation marks there. */
const INSIDE = /([;,]\s*"*)('*[=+\-@\t\r])/g

export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

function cell(text: string): string {
  const inside = text.replaceAll(INSIDE, "$1'$2")
  const harmless = FORMULA.test(inside) ? `'${inside}` : inside
  return /[",\r\n']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
