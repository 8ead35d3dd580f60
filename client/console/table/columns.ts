/** One column of a table of the console. */
export type Column<Row> = {
  /** the slot that draws the cell; where there is none, its text stands there */
  id: string
  label: string
  /** the console's own words, which stay whole; what came from elsewhere may end a line anywhere */
  own?: true
  /** as text: in the cell where no slot draws it, and in the file */
  text: (row: Row) => string
}
