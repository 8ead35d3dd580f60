// What the bench installs for itself, and only where that can be had.

export class NotAtHand extends Error {}

/** @throws NotAtHand */
export async function install(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    throw new NotAtHand(`${what} could not be installed here: ${cause instanceof Error ? cause.message : cause}`)
  }
}
