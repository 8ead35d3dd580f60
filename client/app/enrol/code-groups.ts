// How an activation code looks while it is typed.

export const CODE_LENGTH = 26
const GROUP = 4
/** A whole link may be pasted into the field: it is left as it is. */
const LINK = /[#/]/

function bare(typed: string): string {
  return typed.replace(/[\s\-‐-―_.]/g, '')
}

/** '0123456789' → '0123 4567 89'; what is longer than a code is left for the check to refuse. */
export function inGroups(typed: string): string {
  if (LINK.test(typed)) return typed
  return (
    bare(typed)
      .match(new RegExp(`.{1,${GROUP}}`, 'gu'))
      ?.join(' ') ?? ''
  )
}

export function typedLength(typed: string): number {
  return LINK.test(typed) ? CODE_LENGTH : bare(typed).length
}
