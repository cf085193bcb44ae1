import { ANSWERED, called, caller, hangUp, press, scene } from './scene.ts'

/** Calls that are recorded from the answer on, or never. */
export const EVERYDAY = [
  scene('Always: announced to the caller, a tone every 20 s, more than one segment', {
    callId: 'support-line',
    direction: 'inbound',
    participants: [caller(null), called('ada')],
    answeredBy: ANSWERED,
    actions: [hangUp(76_000)],
  }),
  scene('Never', {
    callId: 'private-matter',
    direction: 'outbound',
    participants: [caller('fay'), called(null)],
    answeredBy: ANSWERED,
    actions: [hangUp(15_000)],
  }),
  scene('Always allows no control: each is refused', {
    callId: 'no-pause-here',
    direction: 'inbound',
    participants: [caller(null), called('ada')],
    answeredBy: ANSWERED,
    actions: [press('pause', 'ada', 6_000), press('stop', 'ada', 9_000), hangUp(16_000)],
  }),
]
