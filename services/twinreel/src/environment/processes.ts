import type { EnvironmentReader } from '@twinreel/service/config'
import { choice, integer, optional, text } from '@twinreel/service/variables'
import { isSchedule } from './schedule.ts'

const MEBIBYTE = 1024 * 1024

export const PROCESS_VARIABLES = {
  TWINREEL_HTTP_HOST: text({
    meaning: 'Address on which health and metrics are told. In a container `0.0.0.0`, so that others reach it.',
    values: 'a host’s name or address',
    pattern: /^[A-Za-z0-9.:-]{1,253}$/,
    fallback: '127.0.0.1',
  }),
  TWINREEL_HTTP_PORT: optional(
    integer({ meaning: 'Port of health and metrics; 0: none. Without it separate processes take 9464, `serve` none.', min: 0, max: 65_535 }),
  ),
  TWINREEL_LOG_LEVEL: choice({ meaning: 'The least that is logged.', of: ['debug', 'info', 'warn', 'error'], fallback: 'info' }),
  TWINREEL_READY_MAX_LAG_SECONDS: integer({
    meaning: 'A recorder that is further behind the log’s end says that it is not ready.',
    min: 1,
    max: 86_400,
    fallback: 60,
  }),
} as const

export const RECORDER_VARIABLES = {
  TWINREEL_RECORDER_MAX_MEMORY_MB: integer({
    meaning: 'Sealed audio that waits for the store in memory (MiB); more goes to the spool, if the store takes nothing.',
    min: 8,
    max: 1_048_576,
    fallback: 128,
  }),
  TWINREEL_RECORDER_MAX_WAITING_MB: integer({
    meaning: 'Sealed audio that waits for the store in all (MiB); beyond it the log is read no further.',
    min: 8,
    max: 1_048_576,
    fallback: 2_048,
  }),
  TWINREEL_RECORDER_PUT_CONCURRENCY: integer({ meaning: 'Objects written at once.', min: 1, max: 256, fallback: 4 }),
} as const

export const RETENTION_VARIABLES = {
  TWINREEL_RETENTION_SCHEDULE: text({
    meaning: 'When retention runs: a cron expression in UTC, with seconds or without. Half a minute apart, so that what is due is gone within the minute.',
    values: 'a cron expression of five or six fields',
    pattern: /^[\d*/, -]+$/,
    fallback: '*/30 * * * * *',
  }),
  TWINREEL_RETENTION_MAX_PER_RUN: integer({
    meaning: 'Recordings that one run deletes at most; the rest goes with the next ones.',
    min: 1,
    max: 1_000_000,
    fallback: 10_000,
  }),
  TWINREEL_RETENTION_MAX_PER_ORG: integer({
    meaning: 'Of them of one organization. Whatever it is, organizations with little to delete never wait for one with much.',
    min: 1,
    max: 1_000_000,
    fallback: 10_000,
  }),
  TWINREEL_RETENTION_HALT_RECORDINGS: integer({
    meaning:
      'Retention halts for an organization of which more recordings than this would be deleted within a day and nothing explains it, if they are also more than the share below.',
    min: 0,
    max: 1_000_000_000,
    fallback: 1_000,
  }),
  TWINREEL_RETENTION_HALT_PERCENT: integer({ meaning: 'The share of the organization’s recordings, in percent.', min: 1, max: 100, fallback: 20 }),
} as const

export interface ProcessSettings {
  /** `port`: `null` when it was not said, 0 for none. */
  http: { host: string; port: number | null }
  logLevel: 'debug' | 'info' | 'warn' | 'error'
  readyMaxLagMs: number
  recorder: { maxMemoryBytes: number; maxWaitingBytes: number; putConcurrency: number }
  retention: { schedule: string; maxPerRun: number; maxPerOrg: number; limits: { recordings: number; share: number } }
}

/** Notes what is wrong; what it answers is to be called when nothing is. */
export function readProcesses(reader: EnvironmentReader): () => ProcessSettings {
  const process = reader.read(PROCESS_VARIABLES)
  const recorder = reader.read(RECORDER_VARIABLES)
  const retention = reader.read(RETENTION_VARIABLES)
  const { TWINREEL_RETENTION_SCHEDULE: schedule } = retention
  const { TWINREEL_RECORDER_MAX_MEMORY_MB: memory, TWINREEL_RECORDER_MAX_WAITING_MB: waiting } = recorder
  if (memory > waiting) reader.fault('TWINREEL_RECORDER_MAX_WAITING_MB', 'must be at least TWINREEL_RECORDER_MAX_MEMORY_MB, which is a part of it')
  if (!isSchedule(schedule)) reader.fault('TWINREEL_RETENTION_SCHEDULE', 'must be a cron expression of five or six fields, each in its range')
  return () => ({
    http: { host: process.TWINREEL_HTTP_HOST, port: process.TWINREEL_HTTP_PORT },
    logLevel: process.TWINREEL_LOG_LEVEL,
    readyMaxLagMs: process.TWINREEL_READY_MAX_LAG_SECONDS * 1_000,
    recorder: { maxMemoryBytes: memory * MEBIBYTE, maxWaitingBytes: waiting * MEBIBYTE, putConcurrency: recorder.TWINREEL_RECORDER_PUT_CONCURRENCY },
    retention: {
      schedule,
      maxPerRun: retention.TWINREEL_RETENTION_MAX_PER_RUN,
      maxPerOrg: retention.TWINREEL_RETENTION_MAX_PER_ORG,
      limits: { recordings: retention.TWINREEL_RETENTION_HALT_RECORDINGS, share: retention.TWINREEL_RETENTION_HALT_PERCENT / 100 },
    },
  })
}
