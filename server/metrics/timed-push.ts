// The same sender of pushes, timed.
import type { Histogram } from 'prom-client'
import type { Clock } from '../clock.ts'
import type { PushSender } from '../push/send.ts'
import { serviceOf } from './labels.ts'

type Pushes = Histogram<'service' | 'outcome' | 'status'>

export function timedSender(sender: PushSender, { clock, pushes }: { clock: Clock; pushes: Pushes }): PushSender {
  return {
    ...sender,
    send: async (push) => {
      const began = clock.now()
      const answer = await sender.send(push)
      const status = 'status' in answer && answer.status !== undefined ? String(answer.status) : 'none'
      const about = { service: serviceOf(push.endpoint), outcome: answer.kind, status }
      pushes.observe(about, (clock.now() - began) / 1000)
      return answer
    },
  }
}
