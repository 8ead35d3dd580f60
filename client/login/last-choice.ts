// How this person confirmed the last time: remembered by the browser, and only that.
export type Choice = 'push' | 'passcode'

const KEY = 'countersign.confirm'

export function lastChoice(storage: () => Pick<Storage, 'getItem'>): Choice {
  try {
    return storage().getItem(KEY) === 'passcode' ? 'passcode' : 'push'
  } catch {
    // A browser that keeps nothing gets the default each time.
    return 'push'
  }
}

export function rememberChoice(storage: () => Pick<Storage, 'setItem'>, choice: Choice): void {
  try {
    storage().setItem(KEY, choice)
  } catch {
    // The same: nothing of the sign-in depends on it.
  }
}
