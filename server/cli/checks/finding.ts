// What a check found, with the way to mend it.

export type Status = 'ok' | 'warning' | 'problem' | 'not checked'

export type Finding = {
  /** 'store' */
  name: string
  status: Status
  detail: string
  remedy?: string
}

/** Findings of one name. */
export function about(name: string) {
  const finding = (status: Status) => (detail: string, remedy?: string) => ({
    name,
    status,
    detail,
    ...(remedy === undefined ? {} : { remedy }),
  })
  return {
    ok: finding('ok'),
    warning: finding('warning') as (detail: string, remedy: string) => Finding,
    problem: finding('problem') as (detail: string, remedy: string) => Finding,
    notChecked: finding('not checked'),
  }
}
