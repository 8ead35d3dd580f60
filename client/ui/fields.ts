// What was refused of a form stands at the field it is about: fields say what they are called in a call, and whoever
// makes the call tells them.
import {
  computed,
  type InjectionKey,
  inject,
  nextTick,
  onBeforeUnmount,
  provide,
  type Ref,
  shallowReactive,
  watch,
} from 'vue'

export type Fields = {
  members(): ReadonlySet<string>
  /** @param refused a sentence by member; the first field of them has the focus then */
  tell(refused: ReadonlyMap<string, string>): void
}

type Field = { member: string; said: string | undefined; focus: () => void }

const FIELDS: InjectionKey<Set<Field>> = Symbol('fields')

/** For the fields below the component that calls this. */
export function useFields(): Fields {
  const fields = new Set<Field>()
  provide(FIELDS, fields)
  return {
    members: () => new Set([...fields].map(({ member }) => member)),
    tell(refused) {
      for (const field of fields) field.said = refused.get(field.member)
      const first = [...fields].find(({ said }) => said !== undefined)
      // Not before the press that failed is over.
      if (first) void nextTick(first.focus)
    },
  }
}

/**
 * @param member undefined: a field that is not part of a call
 * @param value what is typed: another one was not refused
 * @returns what was refused of it
 */
export function useRefused(member: string | undefined, focus: () => void, value: Readonly<Ref<unknown>>) {
  const fields = member === undefined ? undefined : inject(FIELDS, undefined)
  if (!fields || member === undefined) return computed(() => undefined)
  const field = shallowReactive<Field>({ member, said: undefined, focus })
  fields.add(field)
  watch(value, () => {
    field.said = undefined
  })
  onBeforeUnmount(() => fields.delete(field))
  return computed(() => field.said)
}
