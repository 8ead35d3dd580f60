// The two keys of a token at rest: sealed, each for its own row and column.
import type { Bytes } from '../../protocol/encoding.ts'
import type { TokenId } from '../../protocol/ids.ts'
import type { TokenKeys } from '../../protocol/token-keys.ts'
import type { Sealer } from '../store/sealer.ts'
import type { TokenRow } from './token-rows.ts'

const cell = (column: 'totp_key' | 'ocra_key', id: TokenId) => ({ table: 'tokens', column, id })

export function sealTokenKeys(sealer: Sealer, id: TokenId, keys: TokenKeys): Pick<TokenRow, 'totp_key' | 'ocra_key'> {
  return {
    totp_key: sealer.seal(keys.totp, cell('totp_key', id)),
    ocra_key: sealer.seal(keys.ocra, cell('ocra_key', id)),
  }
}

export function totpKeyOf(sealer: Sealer, token: Pick<TokenRow, 'id' | 'totp_key'>): Bytes {
  return sealer.open(token.totp_key, cell('totp_key', token.id))
}

export function ocraKeyOf(sealer: Sealer, token: Pick<TokenRow, 'id' | 'ocra_key'>): Bytes {
  return sealer.open(token.ocra_key, cell('ocra_key', token.id))
}
