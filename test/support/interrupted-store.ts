// A store to which something happens at a moment that is named: what chance does seldom, a test has done each time.
import type { Store } from '../../server/store/store.ts'

type Ask = () => Promise<unknown>

/** Just before the first transaction, as if somebody else had been quicker. */
export function beforeWriting(store: Store, meanwhile: () => Promise<unknown>): Store {
  let done: Promise<unknown> | undefined
  const once = () => {
    done ??= meanwhile()
    return done
  }
  return {
    ...store,
    write: (work) => once().then(() => store.write(work)),
    writeTogether: (ask) => once().then(() => store.writeTogether(ask)),
  }
}

/** @param around is handed each query's text, and what asks it */
function reading(store: Store, around: (sql: string, ask: Ask) => Promise<unknown>): Store {
  const read = new Proxy(store.read, {
    get(target, name) {
      if (name === 'executeQuery') {
        return (query: { sql: string }) => around(query.sql, () => target.executeQuery(query as never))
      }
      const value = Reflect.get(target, name, target) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { ...store, read }
}

/** Between what was asked before the first query of `text`, all of it answered, and that query. */
export function beforeReading(store: Store, text: string, meanwhile: () => Promise<unknown>): Store {
  const asked: Promise<unknown>[] = []
  let isOver = false
  return reading(store, async (sql, ask) => {
    const isIt = !isOver && sql.includes(text)
    if (isIt) {
      isOver = true
      await Promise.all(asked)
      await meanwhile()
    }
    const answer = ask()
    asked.push(answer)
    return answer
  })
}

/** Between the answer to the first query of `text` and whatever is done with it. */
export function afterReading(store: Store, text: string, meanwhile: () => Promise<unknown>): Store {
  let isOver = false
  return reading(store, async (sql, ask) => {
    const answer = await ask()
    if (isOver || !sql.includes(text)) return answer
    isOver = true
    await meanwhile()
    return answer
  })
}

/** In place, until it is disposed of: just after the first transaction that writes down a sign-in. */
export function afterSignIn(store: Store, meanwhile: () => Promise<unknown>): Disposable {
  const { write } = store
  const signIns = () =>
    store.read
      .selectFrom('audit')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('kind', '=', 'signed-in')
      .executeTakeFirstOrThrow()
  const before = signIns()
  let isOver = false
  store.write = async (work) => {
    const done = await write(work)
    if (isOver || Number((await signIns()).count) === Number((await before).count)) return done
    isOver = true
    await meanwhile()
    return done
  }
  return { [Symbol.dispose]: () => void Object.assign(store, { write }) }
}
