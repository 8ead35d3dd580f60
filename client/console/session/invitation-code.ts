/** Takes the code out of the address. @returns undefined where the page was opened without one */
export function takeInvitationCode(
  location: Pick<Location, 'pathname' | 'hash'>,
  history: Pick<History, 'replaceState' | 'state'>,
): string | undefined {
  const code = location.hash.slice(1)
  if (!/^\/console\/invitation\/?$/.test(location.pathname) || code === '') return undefined
  history.replaceState(history.state, '', location.pathname)
  return code
}
