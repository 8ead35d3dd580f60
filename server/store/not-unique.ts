// What a unique index refused, told apart from what is broken: PostgreSQL's SQLSTATE, SQLite's extended code.

const POSTGRES = '23505'
const SQLITE = 2067

function isNotUnique(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  return code === POSTGRES || errcode === SQLITE
}

/** Undefined where somebody else was quicker to take what there can be one of: for `untilWon` to try again. */
export async function orNotUnique<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (isNotUnique(error)) return undefined
    throw error
  }
}
