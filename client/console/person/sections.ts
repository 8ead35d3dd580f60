// What the page of one person is made of, in this order. Whoever adds a section adds its file and a line here.
import type { Component } from 'vue'
import type { UserShown } from '../../../protocol/operator-api/users.ts'
import type { ActName } from '../../../protocol/permissions.ts'
import DeskSection from './desk-section.vue'
import GroupsSection from './groups-section.vue'
import LinksSection from './links-section.vue'
import PolicySection from './policy-section.vue'
import TokensSection from './tokens-section.vue'

/** Every section is given the person as they were loaded, and says `changed` when they have to be loaded again. */
export type SectionProps = { person: UserShown }

/** `act`: whose role may not do this does not see the section. */
export const SECTIONS: readonly { act: ActName; section: Component<SectionProps> }[] = [
  { act: 'desk.standing', section: DeskSection },
  { act: 'tokens.list', section: TokensSection },
  { act: 'enrolments.list', section: LinksSection },
  { act: 'groups.list', section: GroupsSection },
  { act: 'policies.explain', section: PolicySection },
]
