import { called, caller, hangUp, scene } from './scene.ts'

/** Messages received and sent, by a user who wants them recorded and by one who does not. */
export const VOICEMAIL = [
  scene('Voicemail received, recorded: the greeting is near, the message far', {
    callId: 'message-for-gus',
    direction: 'inbound',
    participants: [caller(null), called('gus')],
    answeredBy: { kind: 'voicemail', participantId: 'called', userId: 'gus' },
    actions: [hangUp(15_000)],
  }),
  scene('Voicemail received, the setting is off', {
    callId: 'message-for-hana',
    direction: 'inbound',
    participants: [caller(null), called('hana')],
    answeredBy: { kind: 'voicemail', participantId: 'called', userId: 'hana' },
    actions: [hangUp(12_000)],
  }),
  scene('Voicemail sent, recorded', {
    callId: 'gus-leaves-word',
    direction: 'outbound',
    participants: [caller('gus'), called(null)],
    answeredBy: { kind: 'voicemail', participantId: 'called' },
    actions: [hangUp(14_000)],
  }),
  scene('Voicemail sent, the setting is off', {
    callId: 'hana-leaves-word',
    direction: 'outbound',
    participants: [caller('hana'), called(null)],
    answeredBy: { kind: 'voicemail', participantId: 'called' },
    actions: [hangUp(12_000)],
  }),
]
