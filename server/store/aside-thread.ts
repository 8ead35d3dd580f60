// The thread beside the server's own that answers reads of aside.ts, one after another.
import { parentPort, workerData } from 'node:worker_threads'
import type { Answered, Asked } from './aside.ts'
import { connect, statements } from './sqlite-connection.ts'

const { file } = workerData as { file: string }
const connection = connect(file)
connection.exec('pragma query_only = on')
const prepare = statements(() => connection)

parentPort?.on('message', ({ id, sql, parameters }: Asked) => parentPort?.postMessage(answer(id, sql, parameters)))

function answer(id: number, sql: string, parameters: readonly unknown[]): Answered {
  try {
    return { id, rows: prepare(sql).all(parameters) }
  } catch (error) {
    return { id, error }
  }
}
