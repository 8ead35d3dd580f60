// Who is to be told that the server stops, or whoever waits has left. A signal walks all its listeners for each that
// comes or goes: with twenty thousand pages waiting that would be most of what a new one costs.

const told = new WeakMap<AbortSignal, Set<() => void>>()

/** @param end not called where it stops already @returns what takes it back */
export function whenStopping(stopping: AbortSignal, end: () => void): () => void {
  const all = told.get(stopping) ?? listened(stopping)
  all.add(end)
  return () => all.delete(end)
}

function listened(stopping: AbortSignal): Set<() => void> {
  const all = new Set<() => void>()
  told.set(stopping, all)
  const tell = () => {
    for (const end of [...all]) end()
  }
  stopping.addEventListener('abort', tell, { once: true })
  return all
}
