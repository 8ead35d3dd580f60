// Statements of one transaction that need none of one another's answers. On PostgreSQL they leave in one packet, in the
// order in which they are asked for here.

/**
 * Waits for all of them even where one fails: what went on after its transaction was taken back would be outside of it.
 * @throws what the first of those that failed threw
 */
export async function together<Asked extends readonly unknown[] | []>(
  asked: Asked,
): Promise<{ -readonly [Each in keyof Asked]: Awaited<Asked[Each]> }> {
  await Promise.allSettled(asked)
  return Promise.all(asked)
}
