import { ANSWERED, called, caller, hangUp, press, scene } from './scene.ts'

/** Calls of which a user decides while they go on. */
export const ON_DEMAND = [
  scene('On Demand: started, stopped and started again, so two recordings; each announced', {
    callId: 'worth-noting',
    direction: 'inbound',
    participants: [caller(null), called('dora')],
    answeredBy: ANSWERED,
    actions: [press('start', 'dora', 4_000), press('stop', 'dora', 18_500), press('start', 'dora', 22_000), hangUp(32_000)],
  }),
  scene('On Demand: never started', {
    callId: 'small-talk',
    direction: 'outbound',
    participants: [caller('dora'), called(null)],
    answeredBy: ANSWERED,
    actions: [hangUp(12_000)],
  }),
  scene('Keep on request: record is pressed late, and the whole call is kept', {
    callId: 'agreed-price',
    direction: 'outbound',
    participants: [caller('emil'), called(null)],
    answeredBy: ANSWERED,
    actions: [press('start', 'emil', 21_000), hangUp(26_000)],
  }),
  scene('Keep on request: nobody asked, so nothing is kept', {
    callId: 'wrong-number',
    direction: 'inbound',
    participants: [caller(null), called('emil')],
    answeredBy: ANSWERED,
    actions: [hangUp(14_000)],
  }),
]
