import { RECORDER_KEYS } from './signing.ts'

/** With which a test's or a benchmark's retention certifies. */
export const CERTIFYING = { signer: RECORDER_KEYS.signer, role: 'retention worker', logRetentionMs: 72 * 3_600_000 }
