// By what a list is narrowed, at the command line: where it is shown, and where it is exported.

export const AUDIT_FILTER = {
  from: { value: 'TIME', about: 'only since then: 2026-01-31, or 2026-01-31T09:00:00Z' },
  to: { value: 'TIME', about: 'only before then' },
  kind: { value: 'KIND', about: 'only entries such as approved, report, operator-signed-in' },
  user: { value: 'NAME', about: 'only what is about this person' },
  application: { value: 'ID', about: 'only what is about this application' },
  actor: { value: 'ID', about: 'only what this operator or API token did' },
  act: { value: 'ACT', about: 'only this act, such as operators.remove' },
}

export const TOKEN_FILTER = {
  search: { value: 'TEXT', about: 'only of people of whose names one begins with it' },
  device: { value: 'TEXT', about: 'only on devices whose name begins with it' },
  state: { value: 'active|suspended|revoked', about: 'only those' },
  only: { value: 'unsubscribed|unused', about: 'only those that push does not reach, or unused for 90 days' },
}
