/** What has a time of its own, in the order in which it is shown. */
export const KINDS = ['requests', 'reports', 'auditDetail', 'audit', 'deliveries'] as const
