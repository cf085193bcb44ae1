import { readFileSync } from 'node:fs'
import type { PromptKind } from '@twinreel/contracts/call-commands'
import { samplesToMs, type AudioFormat } from '@twinreel/media/format'
import { decode, encode } from '@twinreel/media/g711'
import { l16FromNetwork } from '@twinreel/media/l16'
import { resample } from '@twinreel/media/resample'
import { BEEP, REPEAT_TONE } from '@twinreel/media/tone'
import { parseWav } from '@twinreel/media/wav'
import type { Voice } from './plan.ts'

type ParsedWav = ReturnType<typeof parseWav>

/** Speech as it goes over the wire, four bytes a word, to be said over and over. */
export interface SpeechLoop {
  readonly words: Int32Array
  readonly format: AudioFormat
}

export interface Voices {
  loop(voice: Voice, format: AudioFormat): SpeechLoop
}

const SPEECH_DIRECTORY = new URL('../../../packages/media/speech/', import.meta.url)

/** The recorded speakers, read once and kept in each format that somebody asks for. */
export function openVoices(): Voices {
  const recordings = new Map<Voice, ParsedWav>()
  const loops = new Map<string, SpeechLoop>()
  const recordingOf = (voice: Voice): ParsedWav => remember(recordings, voice, () => readSpeech(`${voice}.wav`))
  return {
    loop: (voice, format) => remember(loops, `${voice} ${format.codec} ${format.sampleRateHz}`, () => loopOf(recordingOf(voice), format)),
  }
}

/** How long each prompt sounds. An unrecorded call is told so with the words that recording has stopped. */
export function readPromptLengths(): Readonly<Record<PromptKind, number>> {
  const stoppedMs = lengthMs('prompt-recording-stopped.wav')
  return {
    'recording-started': lengthMs('prompt-recording-started.wav'),
    'recording-stopped': stoppedMs,
    'recording-paused': lengthMs('prompt-recording-paused.wav'),
    'recording-resumed': lengthMs('prompt-recording-resumed.wav'),
    'not-recorded': stoppedMs,
    'pause-beep': BEEP.durationMs,
    'resume-beep': BEEP.durationMs,
    tone: REPEAT_TONE.durationMs,
  }
}

function loopOf(recording: ParsedWav, format: AudioFormat): SpeechLoop {
  const spoken = decode(recording.data, recording.format.codec)
  const sourceRateHz = recording.format.sampleRateHz
  const to = Math.floor((spoken.length * format.sampleRateHz) / sourceRateHz)
  const samples =
    sourceRateHz === format.sampleRateHz ? spoken : resample({ samples: spoken, firstSample: 0, sourceRateHz, rateHz: format.sampleRateHz, from: 0, to })
  const encoded = encode(samples, format.codec)
  // The bytes of a sample change places the same way in both directions.
  const bytes = format.codec === 'L16' ? l16FromNetwork(encoded) : encoded
  return { words: new Int32Array(bytes.slice(0, bytes.length - (bytes.length % 4)).buffer), format }
}

function lengthMs(file: string): number {
  const { frames, format } = readSpeech(file)
  return samplesToMs(frames, format.sampleRateHz)
}

function readSpeech(file: string): ParsedWav {
  return parseWav(readFileSync(new URL(file, SPEECH_DIRECTORY)))
}

function remember<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const found = known.get(key)
  if (found !== undefined) return found
  const made = make()
  known.set(key, made)
  return made
}
