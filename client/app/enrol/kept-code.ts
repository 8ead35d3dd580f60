// An activation code that is shown to be carried to another device: kept for this tab, so that a reload shows it again.

const ROOM = 'countersign-activation-code'

export function keepCode(code: string): void {
  sessionStorage.setItem(ROOM, code)
}

export function keptCode(): string | undefined {
  return sessionStorage.getItem(ROOM) ?? undefined
}

export function forgetCode(): void {
  sessionStorage.removeItem(ROOM)
}
