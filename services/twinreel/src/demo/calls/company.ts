import { ANSWERED, called, caller, guest, hangUp, scene, stream } from './scene.ts'

/** Calls in which people come, go and wait. */
export const COMPANY = [
  scene('A transfer: Ada’s recording ends when she leaves, Cleo’s begins', {
    callId: 'handed-over',
    direction: 'inbound',
    participants: [caller(null), called('ada')],
    answeredBy: ANSWERED,
    actions: [
      { do: 'hold', atMs: 9_000, participantId: 'called', silent: true },
      { do: 'join', atMs: 12_500, participant: { ...guest('target', 'cleo'), voice: 'cards' }, streams: [stream('target')], reason: 'transfer' },
      { do: 'leave', atMs: 13_000, participantId: 'called', reason: 'transfer' },
      hangUp(30_000),
    ],
  }),
  scene('A conference in linear audio: the third voice joins the far end, from a µ-law telephone', {
    callId: 'three-way',
    direction: 'outbound',
    participants: [caller('ivo'), called(null)],
    answeredBy: ANSWERED,
    format: { codec: 'L16', sampleRateHz: 16_000 },
    actions: [
      { do: 'join', atMs: 8_000, participant: guest('third', null), streams: [stream('third')], reason: 'conference' },
      { do: 'leave', atMs: 17_250, participantId: 'third', reason: 'hung-up' },
      hangUp(24_000),
    ],
  }),
  scene('A call hold: time goes on, and nothing of it is lost', {
    callId: 'please-hold',
    direction: 'inbound',
    participants: [caller(null), called('hana')],
    answeredBy: ANSWERED,
    actions: [{ do: 'hold', atMs: 8_000, participantId: 'called', silent: true }, { do: 'retrieve', atMs: 15_000, participantId: 'called' }, hangUp(26_000)],
  }),
]
