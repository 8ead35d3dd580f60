// How a push service says no: thrown where a rule is broken, answered at one place.

export class PushRefusal extends Error {
  readonly status: number

  constructor(status: number, reason: string) {
    super(reason)
    this.status = status
  }
}
