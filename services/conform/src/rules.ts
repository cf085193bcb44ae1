/** One thing a platform can get wrong: how bad it is, what it leads to, how to mend it, and where the guide tells more. */
interface Rule {
  readonly severity: 'error' | 'warning'
  readonly what: string
  readonly leadsTo: string
  readonly fix: string
  /** Heading of docs/publishing.md, as a link names it. */
  readonly section: Section
}

type Section = 'producer' | 'the-envelope' | 'order' | 'media-byte-by-byte' | 'commands' | 'topics'

const refused = 'it becomes a dead letter and changes nothing'

function error(section: Section, what: string, leadsTo: string, fix: string): Rule {
  return { severity: 'error', what, leadsTo, fix, section }
}

function warning(section: Section, what: string, leadsTo: string, fix: string): Rule {
  return { severity: 'warning', what, leadsTo, fix, section }
}

export const RULES = {
  // Can't be read.
  'missing-header': error('the-envelope', 'a CloudEvents header is missing', refused, 'send ce_specversion, ce_id, ce_source and ce_type with every message'),
  'misspelt-header': error(
    'the-envelope',
    'a CloudEvents header is spelt otherwise',
    refused,
    'on Kafka the names are ce_id, ce_type, …: lower case, underscore',
  ),
  'wrong-specversion': error('the-envelope', 'ce_specversion is not 1.0', refused, 'send ce_specversion: 1.0'),
  'wrong-content-type': warning(
    'the-envelope',
    'the content type is not that of the data',
    'readers that go by it take the data for something else',
    'application/json for events, application/vnd.twinreel.media for audio',
  ),
  'missing-content-type': warning(
    'the-envelope',
    'there is no content-type header',
    'readers must guess what the data is',
    'application/json for events, application/vnd.twinreel.media for audio',
  ),
  'invalid-envelope': error('the-envelope', 'the envelope can’t be read', refused, 'compare with a golden message: packages/contracts/golden'),
  'missing-key': error('the-envelope', 'the record has no key', 'it belongs to no call, and its partition is any', 'the key is the call id, on every message'),
  'key-mismatch': error('the-envelope', 'key, subject and callId name different calls', refused, 'key every message by its own call’s id'),
  'invalid-call-id': error('the-envelope', 'the key is no call id', refused, '1 to 128 of A-Z a-z 0-9 . _ -, not beginning with a dot'),
  'call-id-is-a-number': warning(
    'the-envelope',
    'the call id is made of a telephone number',
    'keys are logged, so the number is too',
    'take the call id from the switch, or a random one',
  ),
  'unknown-type': error('the-envelope', 'no event has this type', refused, 'ce_type is io.twinreel.NAME.vN; the names are in asyncapi/asyncapi.yaml'),
  'unknown-version': error('the-envelope', 'no event has this version', refused, 'every event is at v1'),
  'invalid-time': error('the-envelope', 'ce_time is no time', refused, 'RFC 3339 with a zone, e.g. 2026-03-02T09:00:05.120Z'),
  'empty-value': error(
    'the-envelope',
    'the record has no value',
    refused,
    'send the event’s data as the value; the topic is no table, nothing is deleted by key',
  ),
  'message-too-large': error(
    'producer',
    'a message is 1 MiB or more',
    'the broker or the recorder refuses it: its audio is lost',
    'send about a second of audio in one message',
  ),
  'not-json': error('the-envelope', 'the data is not JSON', refused, 'one JSON document in UTF-8, without a byte order mark'),
  'invalid-data': error('the-envelope', 'the data does not follow the schema', refused, 'check against asyncapi/schemas before sending'),
  'misspelt-field': warning('the-envelope', 'a field is spelt otherwise', 'it is taken for one of your own and ignored', 'write it as the schema does'),
  'unknown-codec': error(
    'order',
    'a stream is described by a codec or rate that there isn’t',
    refused,
    'codec is PCMU, PCMA or L16, sampleRateHz 8000 to 48000',
  ),
  'user-id-is-a-number': warning(
    'order',
    'a telephone number stands where a user id belongs',
    'nobody is known by it: the call is not recorded',
    'userId is what `users show` prints; the number goes into number',
  ),

  // Where and by whom.
  'partitions-spread': error(
    'producer',
    'one call lies in several partitions',
    'the order is lost, and most of it becomes dead letters',
    'key every message by the call id, and don’t set partitions by hand',
  ),
  'wrong-partitioner': error(
    'producer',
    'the partition is not the key’s by murmur2',
    'when the call’s end gets lost nobody closes it',
    'partitioner=murmur2_random with librdkafka',
  ),
  'two-producers': error(
    'producer',
    'two producers speak for one call in turn',
    'no order holds between them: events and audio overtake each other',
    'one producer for a call; another may take over once, and the first must not come back',
  ),
  'duplicate-id': error(
    'the-envelope',
    'two different messages have one ce_id',
    'the second is taken for a repeat and ignored',
    'a new id for every message; only a retry keeps its id',
  ),

  // Order.
  'call-not-started': error(
    'order',
    'something of the call came before call.started',
    refused,
    'publish call.started first, under the same key, and wait for nothing else',
  ),
  'second-start': error('order', 'a second call.started', refused, 'one call.started a call; a repeat keeps its ce_id'),
  'call-id-reused': error('order', 'a call began under the id of one that was over', refused, 'a call id is used once'),
  'second-answer': error('order', 'a second call.answered', refused, 'who joins later is participant.joined'),
  'answer-without-time': error('the-envelope', 'call.answered has no ce_time', refused, 'ce_time of call.answered is the call’s time zero'),
  'media-before-answer': error(
    'order',
    'audio came before call.answered',
    `${refused}: it is lost`,
    'publish call.answered before the first media; early media is not recorded',
  ),
  'missing-answer': error('order', 'audio, and no call.answered', 'nothing of the call is recorded', 'publish call.answered when the call is answered'),
  'event-before-answer': error(
    'order',
    'an event that only an answered call can have came before call.answered',
    'it is refused, or decides nothing',
    'publish call.answered first',
  ),
  'missing-end': error(
    'order',
    'the call has no call.ended',
    'nothing of its audio is lost, but its end is a guess: after 120 s of nothing it is taken for over, and the recording ends at its last sample',
    'publish call.ended when the call is over, also when your process recovers from a crash',
  ),
  'after-end': error(
    'order',
    'something came after call.ended',
    'audio that finalSamples announced is waited for, two seconds at most; anything else becomes a dead letter and changes nothing',
    'publish call.ended last, when all audio is out',
  ),
  'unknown-stream': error(
    'order',
    'a stream that nobody declared',
    `${refused}: its audio is lost`,
    'declare it in call.answered, participant.joined or stream.added first',
  ),
  'unknown-participant': error(
    'order',
    'a participant who never joined',
    'the event is refused, or nobody is heard there',
    'name everybody in call.started or participant.joined first',
  ),
  'second-stream': warning(
    'order',
    'a stream is declared twice, each time otherwise',
    'the later description counts from there on',
    'change a stream by stream.changed',
  ),
  'no-streams': warning('order', 'the call was answered without any stream', 'there is nothing to record', 'declare the streams in call.answered'),
  'answerer-without-stream': warning(
    'order',
    'whoever answered is heard on no stream',
    'that side of the recording is silent',
    'one stream for each end, with its participantIds',
  ),
  'nobody-known': warning(
    'order',
    'nobody in the call is a subscriber',
    'nobody owns it: no recording, no line in the ledger',
    'userId or platform on every participant who is one',
  ),
  'missing-capabilities': warning(
    'order',
    'call.started does not say what the platform can do',
    'nothing is asked of it: users whose start is announced are not recorded',
    'capabilities, with what you obey',
  ),
  'hold-not-paired': warning(
    'order',
    'a call was retrieved that nobody held',
    'it changes nothing',
    'call.held before call.retrieved, with the same participantId',
  ),
  'media-of-somebody-left': warning(
    'order',
    'a stream went on though all on it had left',
    'it is recorded as if they were there',
    'stop their streams at participant.left',
  ),

  // Time.
  'time-in-future': warning(
    'the-envelope',
    'ce_time is ahead of the log’s clock',
    'recordings are dated wrongly',
    'run NTP on the publisher’s machine, and send UTC',
  ),
  'time-in-past': warning(
    'the-envelope',
    'ce_time is far behind the log’s clock',
    'recordings are dated wrongly, or the log was away for long',
    'stamp events when they happen, in UTC, and send them at once',
  ),
  'time-backwards': warning(
    'the-envelope',
    'ce_time went back',
    'events without atMs are placed before others that came earlier',
    'send in order, from one clock that is never set back',
  ),
  'media-without-time': warning('order', 'media has no ce_time', 'behind a gap of over 30 s the first audio is refused', 'ce_time: when it was made'),
  'event-without-time': warning('order', 'an event has neither atMs nor ce_time', 'it counts from where the audio is then', 'send atMs'),
  'at-ms-negative': error('order', 'atMs is negative', refused, 'atMs counts from the answer: what came before has none'),
  'at-ms-not-whole': error('order', 'atMs is no whole number', refused, 'whole milliseconds: 2500, not 2.5 and not "2500"'),
  'at-ms-is-a-date': error('order', 'atMs is beyond a call’s seven days', refused, 'milliseconds since the answer, not since 1970'),
  'at-ms-backwards': warning('order', 'atMs went back', 'events change places in the recording', 'one clock for the call, and one ordered producer'),
  'at-ms-far-ahead': warning(
    'order',
    'atMs is far ahead of the audio',
    'what it cuts or marks lies where there is no audio yet',
    'take atMs and the offsets of audio from one clock',
  ),
  'end-before-audio': warning(
    'order',
    'the end lies before audio that was sent',
    'the last seconds are at odds with the end',
    'end the streams first, and give call.ended the same clock',
  ),
  'time-zero-mismatch': warning(
    'order',
    'ce_time and call time disagree on where time zero is',
    'the recording begins at another time than it says',
    'time zero is the answer, not the ringing: offsets and atMs count from ce_time of call.answered',
  ),

  // Audio.
  'invalid-media': error(
    'media-byte-by-byte',
    'a media message can’t be read',
    `${refused}: its audio is lost`,
    'compare with the annotated bytes in the guide',
  ),
  'media-is-text': error('media-byte-by-byte', 'a media message holds text', `${refused}: its audio is lost`, 'send the bytes themselves, not base64 or JSON'),
  'wrong-sample-size': error(
    'media-byte-by-byte',
    'a run has another number of bytes a sample than its codec',
    `${refused}: its audio is lost`,
    'one byte for PCMU and PCMA, two for L16',
  ),
  'wav-header-in-audio': warning('media-byte-by-byte', 'a file’s header stands among the samples', 'it is heard as a click', 'skip the header: only samples'),
  'wrong-byte-order': warning('media-byte-by-byte', 'L16 looks little-endian', 'the recording is noise', 'L16 is big-endian on the wire, as in RTP'),
  'g711-rate': warning(
    'order',
    'G.711 at another rate than 8000',
    'the recording plays at the wrong speed',
    'PCMU and PCMA have 8000 samples a second; use L16 for others',
  ),
  'wrong-sample-rate': error(
    'media-byte-by-byte',
    'samples come at another rate than declared',
    'the recording plays at the wrong speed and cuts lie elsewhere',
    'declare the rate that is sent; after a change publish stream.changed, and count in the new rate',
  ),
  'clock-drift': warning(
    'media-byte-by-byte',
    'the audio’s clock drifts from the publisher’s',
    'pauses and events cut beside what was said',
    'derive offsets from the stream’s timestamps, not from counting packets that arrived',
  ),
  'streams-apart': warning(
    'media-byte-by-byte',
    'the streams of a call lie seconds apart',
    'question and answer don’t meet in the recording',
    'all offsets count from the one time zero',
  ),
  'media-not-from-time-zero': error(
    'media-byte-by-byte',
    'a stream’s offsets do not count from time zero',
    'its audio lies where it was not said',
    'the offset is (sample time − time zero) × rate, also for streams that join later',
  ),
  'offset-far-ahead': error(
    'media-byte-by-byte',
    'a run lies more than 30 s ahead of the call, and its ce_time does not say the same',
    `${refused}, unless the next goes on from there`,
    'offsets are samples since time zero: not bytes, not milliseconds, not RTP timestamps; where so much is really missing, ce_time says so',
  ),
  'offset-jump': warning(
    'media-byte-by-byte',
    'more than 10 s are missing in a stream',
    'they count as lost',
    'in silence send runs of no samples, so that a gap is told from a loss',
  ),
  'offset-backwards': error(
    'media-byte-by-byte',
    'a stream’s offsets went back',
    'the audio is taken for a repeat and dropped',
    'go on from where the stream was, also after a restart and a hold',
  ),
  'offset-overlap': warning(
    'media-byte-by-byte',
    'runs of a stream overlap',
    'of samples that come twice the first are kept',
    'the next run begins where the last one ended',
  ),
  'media-out-of-order': warning(
    'producer',
    'audio overtook audio',
    'nothing while it is two seconds late at most: it is put where it belongs; later it may be lost',
    'one request in flight for a call',
  ),
  'media-late': error(
    'order',
    'audio came more than two seconds behind the newest',
    'where its place was sealed by then (a full segment, a pause, the end) it is lost and counted as late; elsewhere it is put where it belongs',
    'send about every second, all streams together; don’t hold audio back',
  ),
  'batch-too-small': warning(
    'producer',
    'many media messages of a few packets',
    'several times the CPU and the disk on both sides',
    'collect about a second of all streams',
  ),
  'batch-too-large': warning('order', 'media messages of more than five seconds', 'controls and the end of the call wait for them', 'send about every second'),
  'streams-in-separate-messages': warning('order', 'each stream has media messages of its own', 'twice the messages', 'all streams of the call in one message'),
  'silence-too-long': warning(
    'order',
    'the call said nothing for more than 10 s',
    'after 120 s it is taken for over',
    'an empty media every some seconds while silent or gated',
  ),
  'silence-over-idle-end': error(
    'order',
    'the call said nothing for more than 120 s',
    'it was taken for over: what follows is a further recording',
    'an empty media every some seconds while silent or gated',
  ),
  'stream-never-sent': warning(
    'order',
    'a declared stream never sent anything',
    'that side of the recording is silent and counts as lost',
    'send it, or don’t declare it',
  ),
  'final-samples-contradict': error(
    'order',
    'finalSamples are not where the audio ended',
    'samples are cut off, or waited for in vain',
    'the offset after the last sample of each stream, in its last rate',
  ),
  'final-samples-missing': warning(
    'order',
    'call.ended without the final sample of each stream',
    'the recording is sealed two seconds later',
    'finalSamples with every stream',
  ),

  // What was asked.
  'prompt-unanswered': error(
    'commands',
    'prompt.play without prompt.finished within 15 s',
    'the start counts as failed: the call is not recorded',
    'answer every prompt, also one you could not play (failed)',
  ),
  'prompt-without-times': error('commands', 'a played prompt without fromMs and toMs', refused, 'say when it was heard: recording begins at toMs'),
  'prompt-never-asked': warning('commands', 'prompt.finished for a prompt that nobody asked for', 'it decides nothing', 'repeat the promptId of prompt.play'),
  'gate-unanswered': error(
    'commands',
    'gate.close or gate.open without an answer within 5 s',
    'it is taken as done, and the manifest says so',
    'answer with the same sequence; without a gate say gate: false',
  ),
  'gate-never-asked': warning(
    'commands',
    'gate.closed or gate.opened with a sequence that nobody asked for',
    'it decides nothing',
    'repeat the sequence of the command',
  ),
  'media-after-gate-closed': error(
    'commands',
    'audio went on while the gate was shut',
    'what is said in a pause lies in the log',
    'stop the audio before gate.closed; go on at the offset of gate.opened',
  ),
} as const satisfies Record<string, Rule>

export type Code = keyof typeof RULES

/** Where the guide tells more about it. */
export function sectionOf(code: Code): string {
  return `docs/publishing.md#${RULES[code].section}`
}
