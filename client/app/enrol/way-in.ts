// Where an activation link is taken up: not every browser that opens it is where the token belongs.

export type WayIn =
  /** this is the place */
  | 'here'
  /** a computer: the code is shown first, to be carried to the phone */
  | 'handover'
  /** an iPhone's or iPad's browser: the app on its home screen has data of its own, and only there is push */
  | 'prepare'

type Telling = Pick<Navigator, 'userAgent' | 'maxTouchPoints'>

/** @param installed opened as an app of its own */
export function wayIn(navigator: Telling, installed: boolean): WayIn {
  if (installed) return 'here'
  if (isApple(navigator)) return 'prepare'
  return /Mobi|Android/.test(navigator.userAgent) ? 'here' : 'handover'
}

/** Whatever the browser calls itself. iPads call themselves Macs, with fingers. */
function isApple({ userAgent, maxTouchPoints }: Telling): boolean {
  return /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)
}
