// What this room asks of a log. Endpoints are capabilities: only their origins are written, and never a key or a text.

type Write = (about: Record<string, unknown>, message: string) => void
export type Log = { debug: Write; info: Write; warn: Write; error: Write }
