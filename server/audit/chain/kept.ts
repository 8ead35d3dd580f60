// What an entry is never without. It names nobody, so it outlasts the person: whoever verifies holds the log to that.

/**
 * Everything else is erased, and so is whatever is added to entries later and not named here. Nothing that releases
 * erased may be added here, for a log that has it erased would be called forged.
 */
const KEPT = new Set(
  [
    ...['purpose', 'decision', 'until', 'because', 'failures', 'token', 'redeemed', 'stopped'],
    ...['act', 'by', 'state', 'policy', 'group', 'amr', 'enrolment'],
  ].map((name) => `detail/${name}`),
).union(new Set(['evidence/jws', 'evidence/key']))

/** Elsewhere, an operator typed it, and may have named somebody. */
const HAS_REASON = ['approved', 'denied', 'expired', 'cancelled', 'passcode-refused']

export const isKept = (kind: string, member: string) =>
  KEPT.has(member) || (member === 'detail/reason' && HAS_REASON.includes(kind))
