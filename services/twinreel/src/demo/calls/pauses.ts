import { ANSWERED, called, caller, hangUp, press, scene } from './scene.ts'

/** Calls with something in them that must not be recorded. */
export const PAUSES = [
  scene('Always with Pause/Resume: a card number is said during a pause, told with a beep; A-law', {
    callId: 'card-number',
    direction: 'inbound',
    participants: [caller(null), called('ben')],
    answeredBy: ANSWERED,
    format: { codec: 'PCMA' },
    actions: [press('pause', 'ben', 12_345), press('resume', 'ben', 20_000), hangUp(34_000)],
  }),
  scene('Always with Pause/Resume: two pauses, told with announcements, the second to the end; a tone every 10 s', {
    callId: 'medical-details',
    direction: 'outbound',
    participants: [caller('cleo'), called(null)],
    answeredBy: ANSWERED,
    actions: [press('pause', 'cleo', 9_500), press('resume', 'cleo', 15_001), press('pause', 'cleo', 29_250), hangUp(36_000)],
  }),
  scene('An internal call recorded for both, announced; one pauses, the other’s recording goes on', {
    callId: 'two-opinions',
    direction: 'internal',
    callType: 'internal',
    participants: [caller('ben'), { ...called('ivo'), voice: 'cards' }],
    answeredBy: ANSWERED,
    actions: [press('pause', 'ben', 10_000), press('resume', 'ben', 17_777), hangUp(28_000)],
  }),
]
