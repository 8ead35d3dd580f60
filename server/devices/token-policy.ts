// What a token asks for, between its columns and the words of the protocol.
import type { TokenPolicy } from '../../protocol/login-request.ts'
import type { PolicyColumns } from '../store/schema.ts'

export function policyColumns(label: string, policy: TokenPolicy): PolicyColumns {
  return {
    label,
    unlock: policy.unlock,
    approval: policy.approval,
    number_matching: policy.numberMatching ? 1 : 0,
    number_digits: policy.numberDigits,
    otp_digits: policy.otp.digits,
    otp_period: policy.otp.period,
  }
}

export function policyOf(row: PolicyColumns): { label: string } & TokenPolicy {
  return {
    label: row.label,
    unlock: row.unlock,
    approval: row.approval,
    numberMatching: row.number_matching === 1,
    numberDigits: row.number_digits,
    otp: { digits: row.otp_digits, period: row.otp_period },
  }
}
