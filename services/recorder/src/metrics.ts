import type { MetricRegistry, MetricSpecs } from '@twinreel/service/metrics'
import type { RecorderObserver } from './observe.ts'

const FAST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const

/** What a recorder tells. Of partitions the number is told, of calls and people nothing. */
export const RECORDER_METRICS = {
  lagMessages: {
    type: 'gauge',
    name: 'twinreel_recorder_lag_messages',
    meaning: 'Messages between what was folded and the log’s end.',
    alarm: null,
    labels: ['partition'],
  },
  lagSeconds: {
    type: 'gauge',
    name: 'twinreel_recorder_lag_seconds',
    meaning: 'Age of the first message that is not folded yet, at most; 0 at the log’s end.',
    alarm: 'over 60 for 5 minutes, or growing: add recorders, or look at what they wait for',
    labels: ['partition'],
  },
  safeLagMessages: {
    type: 'gauge',
    name: 'twinreel_recorder_safe_lag_messages',
    meaning: 'Messages between the safe offset and what was folded: what the next recorder folds again.',
    alarm: 'grows for an hour: one call holds the log back',
    labels: ['partition'],
  },
  partitions: {
    type: 'gauge',
    name: 'twinreel_recorder_partitions_owned',
    meaning: 'Partitions this process records.',
    alarm: 'summed over all recorders not the number of partitions for 2 minutes: calls are not recorded',
    labels: [],
  },
  catchingUp: {
    type: 'gauge',
    name: 'twinreel_recorder_partitions_catching_up',
    meaning: 'Partitions still being folded to what was their end when they were assigned.',
    alarm: 'over 0 for 5 minutes',
    labels: [],
  },
  liveCalls: { type: 'gauge', name: 'twinreel_recorder_live_calls', meaning: 'Calls under way, recorded or not.', alarm: null, labels: [] },
  unsealedBytes: {
    type: 'gauge',
    name: 'twinreel_recorder_unsealed_bytes',
    meaning: 'Memory that holds audio of segments that are not in the store yet; the log has it too.',
    alarm: null,
    labels: [],
  },
  waitingBytes: {
    type: 'gauge',
    name: 'twinreel_recorder_waiting_bytes',
    meaning: 'Sealed audio that is not in the store yet: waiting in `memory` or in the `spool`, or in a `put` under way.',
    alarm: '`spool` over 0 for 5 minutes: the store takes too little',
    labels: ['place'],
  },
  full: {
    type: 'gauge',
    name: 'twinreel_recorder_full',
    meaning: '1 while so much waits for the store that the log is read no further.',
    alarm: '1',
    labels: [],
  },
  puts: {
    type: 'counter',
    name: 'twinreel_recorder_puts_total',
    meaning: 'Attempts to write an object: `written`; `existed`, the same bytes, written before a crash; `conflict`, other bytes; `failed`, tried again.',
    alarm: '`conflict` at all: somebody changed the store; `failed` again and again',
    labels: ['outcome'],
  },
  putSeconds: {
    type: 'histogram',
    name: 'twinreel_recorder_put_seconds',
    meaning: 'Time the store took to answer a put; failed ones are not in it.',
    alarm: 'p99 over 5 for 10 minutes',
    labels: [],
    buckets: FAST_SECONDS,
  },
  putBytes: { type: 'counter', name: 'twinreel_recorder_put_bytes_total', meaning: 'Bytes the store took.', alarm: null, labels: [] },
  commitSeconds: {
    type: 'histogram',
    name: 'twinreel_recorder_commit_seconds',
    meaning: 'Time of a catalog transaction, its repeats while the catalog was away included.',
    alarm: 'p99 over 1 for 10 minutes',
    labels: [],
    buckets: FAST_SECONDS,
  },
  manifestSeconds: {
    type: 'histogram',
    name: 'twinreel_recorder_end_to_manifest_seconds',
    meaning: 'From the append of the message that ended a recording to the commit of its manifest: from then on it can be played.',
    alarm: 'p99 over 5 for 10 minutes',
    labels: [],
    buckets: [0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 10, 30, 60, 300, 900],
  },
  recordings: {
    type: 'counter',
    name: 'twinreel_recorder_recordings_total',
    meaning: 'Recordings that ended: `completed`; `not-kept`, nobody asked to keep it; `empty`; `failed`, the log had lost its audio.',
    alarm: '`failed` at all',
    labels: ['outcome'],
  },
  segments: { type: 'counter', name: 'twinreel_recorder_segments_total', meaning: 'Segments that are in the store and the catalog.', alarm: null, labels: [] },
  messages: {
    type: 'counter',
    name: 'twinreel_recorder_messages_total',
    meaning: 'Messages folded, again after an assignment included.',
    alarm: null,
    labels: [],
  },
  deadLetters: {
    type: 'counter',
    name: 'twinreel_recorder_dead_letters_total',
    meaning: 'Messages refused, by reason; counted again when folded again. The topic `dead-letters` has each once, with its position.',
    alarm: 'rises: a publisher sends what can’t be read; `not-folded` at all: a fault of the recorder',
    labels: ['reason'],
  },
  duplicateEvents: {
    type: 'counter',
    name: 'twinreel_recorder_duplicate_events_total',
    meaning: 'Events that had come before; counted again when folded again.',
    alarm: null,
    labels: [],
  },
  duplicateAudioSeconds: {
    type: 'counter',
    name: 'twinreel_recorder_duplicate_audio_seconds_total',
    meaning: 'Audio that had come before; counted again when folded again.',
    alarm: null,
    labels: [],
  },
  lateAudioSeconds: {
    type: 'counter',
    name: 'twinreel_recorder_late_audio_seconds_total',
    meaning: 'Audio that came behind its segment’s seal and is not in the recording; counted again when folded again. The ledger names it.',
    alarm: 'rises: a publisher is more than two seconds late',
    labels: [],
  },
  assignments: {
    type: 'counter',
    name: 'twinreel_recorder_assignments_total',
    meaning: 'Partitions taken over.',
    alarm: 'rises all the time: recorders come and go',
    labels: [],
  },
  losses: {
    type: 'counter',
    name: 'twinreel_recorder_losses_total',
    meaning: 'Partitions given up unasked: `epoch`, another recorder has it, as after a freeze; `failure`, an engine refused for good.',
    alarm: '`failure` at all',
    labels: ['reason'],
  },
  published: { type: 'counter', name: 'twinreel_recorder_published_total', meaning: 'Messages of the outbox sent on.', alarm: null, labels: [] },
  publishFailures: {
    type: 'counter',
    name: 'twinreel_recorder_publish_failures_total',
    meaning: 'Attempts to send the outbox on that failed; they are repeated.',
    alarm: 'rises for 5 minutes: lifecycle events are late',
    labels: [],
  },
  journalWaiting: {
    type: 'gauge',
    name: 'twinreel_recorder_journal_waiting_entries',
    meaning: 'Changes and outcomes that wait in the catalog, at most so many, when the bucket last did not take the journal; 0 when it did.',
    alarm: 'over 0 for 5 minutes: a catalog that is lost now is not rebuilt as it was, nothing is deleted, and the catalog grows',
    labels: [],
  },
} as const satisfies MetricSpecs

export type RecorderMetrics = ReturnType<typeof recorderMetrics>

/** Makes a recorder's metrics, and what listens to it to count. */
export function recorderMetrics(registry: MetricRegistry) {
  const metrics = registry.declare(RECORDER_METRICS)
  // What never happened is 0, not absent: an alarm on a rise must see where it rises from.
  for (const outcome of ['written', 'existed', 'conflict', 'failed']) metrics.puts.add(0, { outcome })
  for (const outcome of ['completed', 'not-kept', 'empty', 'failed']) metrics.recordings.add(0, { outcome })
  for (const reason of ['epoch', 'failure']) metrics.losses.add(0, { reason })
  let puttingFailsSinceMs: number | null = null
  let journalFailsSinceMs: number | null = null
  const observe: RecorderObserver = {
    assigned: () => metrics.assignments.add(1),
    lost: (reason) => metrics.losses.add(1, { reason }),
    folded: (messages) => metrics.messages.add(messages),
    refused: (reason) => metrics.deadLetters.add(1, { reason }),
    counted(what, amount) {
      switch (what) {
        case 'duplicate-event':
          return metrics.duplicateEvents.add(amount)
        case 'duplicate-audio':
          return metrics.duplicateAudioSeconds.add(amount / 1_000)
        case 'late-audio':
          return metrics.lateAudioSeconds.add(amount / 1_000)
      }
    },
    put(outcome, sizeBytes, durationMs) {
      puttingFailsSinceMs = null
      metrics.puts.add(1, { outcome })
      metrics.putSeconds.observe(durationMs / 1_000)
      if (outcome === 'written') metrics.putBytes.add(sizeBytes)
    },
    putFailed() {
      puttingFailsSinceMs ??= performance.now()
      metrics.puts.add(1, { outcome: 'failed' })
    },
    committed(changes, durationMs, nowMs) {
      metrics.commitSeconds.observe(durationMs / 1_000)
      for (const change of changes) {
        if (change.kind === 'segment') metrics.segments.add(1)
        if (change.kind !== 'recording.ended') continue
        metrics.recordings.add(1, { outcome: change.status })
        // Two clocks: the log's may be a little ahead of ours.
        if (change.status === 'completed') metrics.manifestSeconds.observe(Math.max(0, nowMs - change.endedLogMs) / 1_000)
      }
    },
    published: (messages) => metrics.published.add(messages),
    publishFailed: () => metrics.publishFailures.add(1),
    journaled() {
      journalFailsSinceMs = null
      metrics.journalWaiting.set(0)
    },
    journalFailed(entries) {
      journalFailsSinceMs ??= performance.now()
      if (entries !== null) metrics.journalWaiting.set(entries)
    },
  }
  return { metrics, observe, puttingFailsForMs: () => msSince(puttingFailsSinceMs), journalFailsForMs: () => msSince(journalFailsSinceMs) }
}

function msSince(sinceMs: number | null): number {
  return sinceMs === null ? 0 : performance.now() - sinceMs
}
