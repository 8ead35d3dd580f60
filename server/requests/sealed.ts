// What of a login request is sealed at rest, each bound to its cell: one moved to another row doesn't open.
export const numberCell = (id: string) => ({ table: 'login_requests', column: 'number', id })
export const passcodeCell = (id: string) => ({ table: 'login_requests', column: 'passcode', id })
