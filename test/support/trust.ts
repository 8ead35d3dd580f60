// Makes this process trust a double's certificate, as NODE_EXTRA_CA_CERTS does for a process of its own.
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

export function trust(ca: string): void {
  setDefaultCACertificates([...getCACertificates('default'), ca])
}
