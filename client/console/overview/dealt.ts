// What was pressed shows at once, before the server sends again how things stand.
import type { Overview } from '../../../protocol/operator-api/overview.ts'
import type { SignView } from '../../../protocol/operator-api/signs.ts'

type Signs = Overview['denying']
/** By id: the sign as it was taken, or nothing where it was closed; as of which version. */
type Dealt = ReadonlyMap<string, { version: number; sign?: SignView }>

export const withDealt = (overview: Overview, dealt: Dealt): Overview => ({
  ...overview,
  approvedAfterDenial: signsWith(overview.approvedAfterDenial, dealt),
  denying: signsWith(overview.denying, dealt),
})

function signsWith({ count, signs }: Signs, dealt: Dealt): Signs {
  const left = signs.flatMap((sign) => {
    const newer = dealt.get(sign.id)
    if (!newer || newer.version <= sign.version) return [sign]
    return newer.sign ? [newer.sign] : []
  })
  return { count: count - (signs.length - left.length), signs: left }
}
