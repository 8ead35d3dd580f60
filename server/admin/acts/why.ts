/** For acts that the audit log keeps with a reason. */
export const WHY = { reason: { value: 'TEXT', about: 'why, for the audit log', needed: true } } as const
