// What the settings are made of, in this order. Whoever adds a section adds its file and a line here.
import type { Component } from 'vue'
import type { ActName } from '../../../protocol/permissions.ts'
import BlocksSection from './blocks-section.vue'
import DirectorySection from './directory-section.vue'
import MailSection from './mail-section.vue'
import OidcSection from './oidc-section.vue'
import ProvisioningSection from './provisioning-section.vue'
import RetentionSection from './retention-section.vue'
import SyslogSection from './syslog-section.vue'
import TemplatesSection from './templates-section.vue'

/** `act`: whose role may not do this does not see the section. */
export const SECTIONS: readonly { act: ActName; section: Component }[] = [
  { act: 'mails.list', section: MailSection },
  { act: 'mail-templates.list', section: TemplatesSection },
  { act: 'directory.show', section: DirectorySection },
  { act: 'api-tokens.list', section: ProvisioningSection },
  { act: 'oidc.rotate-keys', section: OidcSection },
  { act: 'addresses.list', section: BlocksSection },
  { act: 'retention.show', section: RetentionSection },
  { act: 'syslog.show', section: SyslogSection },
]
