// The same store, its writes timed and those who wait on it counted.
import type { Gauge, Histogram } from 'prom-client'
import type { Store, Topic } from '../store/store.ts'

type Measured = { commits: Histogram<'outcome'>; waiters: Gauge<'for'> }

export function measuredStore(store: Store, { commits, waiters }: Measured): Store {
  const timed = async <T>(work: () => Promise<T>): Promise<T> => {
    const began = performance.now()
    let outcome = 'failed'
    try {
      const done = await work()
      outcome = 'committed'
      return done
    } finally {
      commits.observe({ outcome }, (performance.now() - began) / 1000)
    }
  }
  return {
    ...store,
    write: (work) => timed(() => store.write(work)),
    writeTogether: (ask) => timed(() => store.writeTogether(ask)),
    subscribe: (topic, listener) => {
      const kind = kindOf(topic)
      waiters.inc({ for: kind })
      const end = store.subscribe(topic, listener)
      let isOver = false
      return () => {
        if (!isOver) waiters.dec({ for: kind })
        isOver = true
        end()
      }
    },
  }
}

const kindOf = (topic: Topic) => topic.split(':')[0] ?? topic
