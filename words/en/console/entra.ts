// What Microsoft Entra ID is known by.
export const entra = {
  'entra.tenant': 'Tenant ID',
  'entra.tenantHint': 'Of your organisation, as Entra shows it.',
  'entra.application': 'Application (client) ID',
  'entra.applicationHint': 'Of the app registration that Entra asks by.',
  'entra.cloud': 'Cloud',
  'entra.cloud.global': 'Microsoft’s usual cloud',
  'entra.cloud.us-government': 'US Government',
  'entra.cloud.china': 'China, by 21Vianet',
} as const
