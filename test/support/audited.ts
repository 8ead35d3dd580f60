// What the audit log has of one kind, oldest first.
import type { TestServer } from './server.ts'

export async function audited({ store }: TestServer, kind: string) {
  const rows = await store.read.selectFrom('audit').selectAll().where('kind', '=', kind).orderBy('seq').execute()
  return rows.map(({ detail, ...row }) => ({ ...row, detail: JSON.parse(detail) as Record<string, unknown> }))
}
