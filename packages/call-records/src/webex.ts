import { columnMapSchema, type ColumnMap, type Field } from './column-map.ts'

/**
 * Webex Calling's Detailed Call History, by the names its fields have both in the report of Control Hub (Calling Detailed Call History
 * Report) and in the answers of `GET /cdr_feed` and `/cdr_stream`: developer.webex.com, "Reports: Detailed Call History". Each record is
 * one leg. Times are UTC. `Correlation ID` is of all legs of one session, `Call ID` the leg's SIP Call-ID, `User UUID` the user's (or the service's) id.
 */
export const WEBEX: ColumnMap = columnMapSchema.parse({
  columns: {
    recordId: 'Report ID',
    callId: 'Call ID',
    correlationId: 'Correlation ID',
    user: 'User UUID',
    start: 'Start time',
    answer: 'Answer time',
    release: 'Release time',
    durationSeconds: 'Duration',
    answered: 'Answered',
    // The four modes by the same names as here.
    recordingMode: 'Call Recording Trigger',
    // successful, failed, successful but not kept
    recordingResult: 'Call Recording Result',
  },
  times: { format: 'iso', zone: 'UTC' },
  // What the report writes where there is nothing.
  emptyValues: ['NA'],
  callTypes: [
    { column: 'Related reason', value: 'CCMonitoringBI', is: 'monitoring' },
    { column: 'Related reason', value: 'FaxDeposit', is: 'fax' },
    { column: 'User type', value: 'VoiceMailRetrieval', is: 'voicemail-retrieval' },
    { column: 'Call type', value: 'SIP_EMERGENCY', is: 'emergency' },
    { column: 'Call type', value: 'SIP_ENTERPRISE', is: 'internal' },
    ...['SIP_NATIONAL', 'SIP_INTERNATIONAL', 'SIP_MOBILE', 'SIP_TOLLFREE', 'SIP_PREMIUM', 'SIP_SHORTCODE', 'SIP_INBOUND'].map((value) => ({
      column: 'Call type',
      value,
      is: 'pstn' as const,
    })),
  ],
})

/** Columns that older reports lack. */
export const WEBEX_OPTIONAL: readonly Field[] = ['recordId', 'recordingMode', 'recordingResult', 'durationSeconds', 'start']
