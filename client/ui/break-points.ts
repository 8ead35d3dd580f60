// Where a line may end within what has no spaces: an address that is cut in the middle of a word is read wrong.

/** Shorter ones stay whole: they fit on a line of their own. */
const SHORT = 12

/** Not within a number with points, as an IPv4 address is one, nor after the start of an id ('app_'). */
const PARTS_END = /(?<=[@:/.,?&=(-]|\w{4}_)(?<!\d\.(?=\d))(?![@:/.,?&=(_-])/

/** 'somebody@mail.example.org' → 'somebody@', 'mail.', 'example.', 'org': a line may end after each. */
export function pieces(text: string): string[] {
  return text.split(/(\s+)/).flatMap((run) => (run.length > SHORT ? run.split(PARTS_END) : [run]))
}
