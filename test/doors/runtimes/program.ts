// Deno and Bun: a program from its start to its end.
import { story } from './story.ts'

console.log(JSON.stringify(await story(JSON.parse(process.env.GIVEN ?? ''))))
