import type { Plant } from './plant.ts'

const at = (file: string, find: string, replace: string): Plant['edits'][number] => ({ file: `packages/recording/src/session/${file}.ts`, find, replace })

/** Faults in the rules of recording. */
export const SESSION_PLANTS: readonly Plant[] = [
  {
    name: 'no-trail',
    breaks: 'a piece is sealed as soon as one stream has passed its end, whatever the other still brings',
    edits: [at('seal', 'if (state.clockMs > toMs + TRAIL_MS)', 'if (state.clockMs > toMs)')],
  },
  {
    name: 'sealed-at-once-at-the-end',
    breaks: 'when a call ends nobody waits for audio that is still on its way',
    edits: [at('seal', "return settled || (state.phase === 'ending' && complete(state, span.fromMs, toMs))", "return settled || state.phase === 'ending'")],
  },
  {
    name: 'nobody-talks-on-hold',
    breaks: 'when a call ends during a hold nobody waits for who goes on talking',
    edits: [at('seal', 'heldWithin(state, fromMs, Math.min(toMs, state.clockMs - TRAIL_MS))', 'heldWithin(state, fromMs, toMs)')],
  },
  {
    name: 'millisecond-between-segments',
    breaks: 'the next segment begins a millisecond behind the last one',
    edits: [at('seal', 'Math.max(span.fromMs, toMs)', 'Math.max(span.fromMs, toMs + 1)')],
  },
  {
    name: 'floor-under-announcement',
    breaks: 'audio is let go of while a prompt is still waited for',
    edits: [at('seal', 'const starts = [...waits, ...owners', 'const starts = [...owners')],
  },
  {
    name: 'pause-cuts-at-the-clock',
    breaks: 'a pause cuts where the audio is and not where the key was pressed',
    edits: [at('controls', 'spans: cutSpans(recording.spans, atMs)', 'spans: cutSpans(recording.spans, Math.max(atMs, step.state.clockMs))')],
  },
  {
    name: 'any-key-in-any-mode',
    breaks: 'a key works in modes that do not allow it',
    edits: [at('controls', "if (!CONTROLS_BY_MODE[current.policy.settings.mode].includes(name)) return 'not-allowed-in-mode'\n", '\n')],
  },
  {
    name: 'kept-in-word-only',
    breaks: 'a recording that the user asked to keep stays provisional',
    edits: [at('controls', '{ kept: true })', '{ kept: false })')],
  },
  {
    name: 'captured-under-the-prompt',
    breaks: 'capture begins where the announcement began',
    edits: [at('capture', 'const fromMs = Math.max(atMs, waited.fromMs)', 'const fromMs = waited.fromMs')],
  },
  {
    name: 'gate-after-the-prompt',
    breaks: 'paused is told before the publisher has shut its gate',
    edits: [at('gate', "if (step.state.gate.state === 'closing') patch(step,", "if (step.state.gate.state === 'shut') patch(step,")],
  },
  {
    name: 'gate-shut-for-one',
    breaks: 'one owner’s pause shuts the gate under another’s recording',
    edits: [at('gate', 'return machines.some(blocks) && !machines.some(wantsAudio)', 'return machines.some(blocks)')],
  },
  {
    name: 'gate-never-opened',
    breaks: 'a shut gate stays shut when a recording is to go on',
    edits: [at('gate', 'if (wantsShut(step.state) === isShutOrSo) return', 'if (wantsShut(step.state) === isShutOrSo || isShutOrSo) return')],
  },
  {
    name: 'same-event-twice',
    breaks: 'a message that comes again is taken again',
    edits: [at('fold', "const known = event.type !== 'media' && step.state.seen.includes(eventKey(event))", 'const known = false')],
  },
  {
    name: 'stale-timer',
    breaks: 'a timer ends a call that has said something since',
    edits: [at('fold', 'if (event.data.after.source !== last.source || event.data.after.id !== last.id) return\n', 'void last\n')],
  },
  {
    name: 'prompts-not-owed',
    breaks: 'a prompt that was asked for by a recorder that died is not asked for again',
    edits: [at('obligations', 'return [...gate, ...prompts, ...icons]', 'return [...gate, ...icons]')],
  },
  {
    name: 'tones-in-the-pause',
    breaks: 'repeat tones go on while the recording is paused',
    edits: [at('controls', '    toneDueMs: null,\n    toneLeftMs: toneDueMs === null', '    toneDueMs,\n    toneLeftMs: toneDueMs === null')],
  },
  {
    name: 'end-at-the-clock',
    breaks: 'a call ends where its audio has come to, and not where the publisher says',
    edits: [at('ending', "over(step, endMs, 'call-ended')", "over(step, Math.min(endMs, step.state.audioEndMs), 'call-ended')")],
  },
  {
    name: 'same-recording-again',
    breaks: 'a second recording of an owner in a call gets the first one’s id',
    edits: [at('capture', 'const ordinal = before + 1', 'const ordinal = 1')],
  },
  {
    name: 'excluded-unsaid',
    breaks: 'the ledger is silent about owners who were not to be recorded',
    edits: [
      at(
        'ending',
        "    step.effects.push({ kind: 'ledger', ownerId,",
        "    if (owner(step, ownerId).machine.kind !== 'excluded') step.effects.push({ kind: 'ledger', ownerId,",
      ),
    ],
  },
  {
    name: 'recorded-after-leaving',
    breaks: 'the recording of an owner who has left goes on',
    edits: [
      at('people', "endRecording(step, ownerId, atMs, 'owner-left')\n", '\n'),
      at('people', "if (machine.kind !== 'excluded' && machine.kind !== 'failed') {", "if (machine.kind === 'standby') {"),
    ],
  },
  {
    name: 'changed-stream-mistaken',
    breaks: 'a stream that changed its format is taken for what it was',
    edits: [at('tracks', 'current === undefined ? 0 : current.generation + 1', 'current === undefined ? 0 : current.generation')],
  },
  {
    name: 'hold-counts-as-loss',
    breaks: 'what a participant on hold did not send is told as lost',
    edits: [
      at(
        'seal',
        '.reduce<IntervalSet>((set, [from, to]) => subtract(set, from, to), intersect(lost, fromMs, toMs))',
        '.reduce<IntervalSet>((set) => set, intersect(lost, fromMs, toMs))',
      ),
    ],
  },
  {
    name: 'emergency-recorded',
    breaks: 'emergency calls are recorded like any other',
    edits: [at('eligibility', "if (!policy.rules.recordEmergency) return 'emergency'\n", '\n')],
  },
  {
    name: 'unannounced',
    breaks: 'a start announcement that failed does not keep the recording from starting',
    edits: [
      at('answers', "waits && machine.before === 'start' && result.outcome !== 'played'", "waits && machine.before === 'stop' && result.outcome !== 'played'"),
    ],
  },
]
