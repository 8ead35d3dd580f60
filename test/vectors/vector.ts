// A vector: something to compute, and what a standard says comes of it.

export type Vector = { name: string; want: string; got: () => string | Promise<string> }

export type Outcome = { name: string; ok: boolean; got: string; want: string }

/** For whatever a standard says must be refused. */
export const REFUSED = 'refused'

/** A vector that throws has failed, and says how. */
export async function outcomeOf({ name, want, got: compute }: Vector): Promise<Outcome> {
  const got = await Promise.resolve()
    .then(compute)
    .catch((error: unknown) => String(error))
  return { name, ok: got === want, got, want }
}
