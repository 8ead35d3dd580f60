// Microsoft's clouds, by the address that each signs people in at.
import { ENTRA_ORIGINS } from '../../applications/oidc-client.ts'

export type Clouds = typeof ENTRA_ORIGINS
export const CLOUDS: Clouds = ENTRA_ORIGINS

export const issuerOf = (origin: string, tenant: string) => `${origin}/${tenant}/v2.0`
