import { ANSWERED, called, caller, hangUp, scene } from './scene.ts'

/** Calls that go wrong, and one that must not be touched. */
export const TROUBLE = [
  scene('An emergency call: neither announced nor recorded', {
    callId: 'emergency',
    direction: 'outbound',
    callType: 'emergency',
    participants: [caller('hana'), called(null)],
    answeredBy: ANSWERED,
    actions: [hangUp(12_000)],
  }),
  scene(
    'Packets get lost: silence in their place, every missing millisecond named; no announcement for Jun',
    {
      callId: 'bad-line',
      direction: 'inbound',
      participants: [caller(null), called('jun')],
      answeredBy: ANSWERED,
      actions: [hangUp(24_000)],
    },
    0.03,
  ),
  scene('The call’s end never comes: the recording ends with the last sample', {
    callId: 'cut-cable',
    direction: 'outbound',
    participants: [caller('gus'), called(null)],
    answeredBy: ANSWERED,
    end: 'vanishes',
    actions: [hangUp(17_500)],
  }),
]
