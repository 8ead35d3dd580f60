// The way back to the application is good once: of the tabs that show one sign-in, one takes it.

type Locks = Pick<LockManager, 'request'>

/** Resolves when no other tab of this browser is on that way; from then on this page holds it, for as long as it lives. */
export function takeWayOn(name: string, locks: Locks): Promise<void> {
  return new Promise((resolve, reject) => {
    const held = () => {
      resolve()
      return new Promise<never>(() => {})
    }
    locks.request(name, held).catch(reject)
  })
}
