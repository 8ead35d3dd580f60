// What of a login request is sealed at rest, each bound to its place: one moved to another row doesn't open.
export const numberPlace = (id: string) => ({ table: 'login_requests', column: 'number', id })
export const passcodePlace = (id: string) => ({ table: 'login_requests', column: 'passcode', id })
