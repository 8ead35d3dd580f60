// A worker: what happens in one call of it.
import { story } from './story.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await story(await request.json()))
  },
}
