// Who waits on what, in this process.
import type { Topic } from './store.ts'

export class Topics {
  readonly #listeners = new Map<string, Set<() => void>>()

  subscribe(topic: Topic, listener: () => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set()
    listeners.add(listener)
    this.#listeners.set(topic, listeners)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#listeners.delete(topic)
    }
  }

  publish(topics: Iterable<string>): void {
    for (const topic of topics) for (const listener of [...(this.#listeners.get(topic) ?? [])]) listener()
  }

  /** For when we can't know what changed: everyone looks again. */
  publishAll(): void {
    this.publish([...this.#listeners.keys()])
  }
}
