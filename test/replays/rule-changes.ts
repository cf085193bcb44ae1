import type { Plant } from '../sim/planted/plant.ts'

/** Changes of a rule that somebody might make on purpose, and where the kept histories show them. */
export interface RuleChange extends Plant {
  /** A kept history and the line that `twinreel replay` prints of it. */
  shows: { history: string; line: RegExp }
}

export const RULE_CHANGES: readonly RuleChange[] = [
  {
    name: 'no-pause',
    breaks: 'a recording that goes on can’t be paused any more',
    edits: [
      {
        file: 'packages/recording/src/session/controls.ts',
        find: '      pauseRecording(step, current, atMs)\n      break',
        replace: "      return 'not-allowed-in-mode'",
      },
    ],
    shows: { history: 'card-number', line: /: event 16 at 00:12\.345: pause accepted then, rejected now \(not-allowed-in-mode\); then also \d+ later events/ },
  },
  {
    name: 'always-may-pause',
    breaks: 'the mode that allows nothing allows pausing',
    edits: [
      {
        file: 'packages/recording/src/settings.ts',
        find: '  always: [],',
        replace: "  always: ['pause', 'resume'],",
      },
    ],
    shows: { history: 'no-pause-here', line: /: event \d+ at 00:06\.000: pause rejected \(not-allowed-in-mode\) then, accepted now/ },
  },
  {
    name: 'sealed-earlier',
    breaks: 'sealing trails the clock by one second instead of two',
    edits: [{ file: 'packages/recording/src/session/state.ts', find: 'export const TRAIL_MS = 2_000', replace: 'export const TRAIL_MS = 1_000' }],
    shows: {
      history: 'support-line',
      line: /: event 69 at 01:03\.200: prompt\.finished: nothing then, segment 0 of \S+ sealed from 00:02\.105 to 01:02\.105 now; then also/,
    },
  },
  {
    name: 'emergency-recorded',
    breaks: 'emergency calls are recorded whatever the organization says',
    edits: [{ file: 'packages/recording/src/session/eligibility.ts', find: "if (!policy.rules.recordEmergency) return 'emergency'\n", replace: '\n' }],
    shows: { history: 'emergency', line: /: event 2 at 00:00\.000: call\.answered: nothing then, \S+’s recording started at 00:00\.000 .*now/ },
  },
  {
    name: 'channels-swapped',
    breaks: 'near and far end change places: no decision is another, every byte is',
    edits: [
      {
        file: 'services/recorder/src/segment-audio.ts',
        find: 'const stereo = { format, left, right }',
        replace: 'const stereo = { format, left: right, right: left }',
      },
    ],
    shows: { history: 'short-pause', line: /: recording 1 of mia, segment 0: sha256: "[0-9a-f]{64}" then, "[0-9a-f]{64}" now/ },
  },
]

export function changeNamed(name: string): RuleChange {
  const change = RULE_CHANGES.find((one) => one.name === name)
  if (change === undefined) throw new Error(`no rule change ${name}: ${RULE_CHANGES.map((one) => one.name).join(', ')}`)
  return change
}
