import type { CallCommand, CallCommandData } from '@twinreel/contracts/call-commands'
import type { CallEventType } from '@twinreel/contracts/call-events'
import { bytesPerSample, msToSamples } from '@twinreel/media/format'
import { eventMessage, mediaMessage, type CallMessages, type EventInput, type NumberedMessage } from './call-messages.ts'
import { savedMessages, type CallState } from './call-state.ts'
import { isShutBy, type ClosingGate } from './closing-gate.ts'
import { BATCH_MS, isNewGate, scheduleMedia, turnGate, type Pace } from './pace.ts'
import type { WaitingClock } from './patiently.ts'
import { isFirst } from './remembered.ts'
import type { Sending } from './sending.ts'
import { speak, takeRuns, type Spoken } from './spoken.ts'
import { endStream, finalSamples, lives, openStream, type CallStream, type StreamFormat } from './streams.ts'

/** What your platform does when it is asked. What is not there is not promised in `capabilities`. */
export interface CallHooks {
  /** Plays it to all participants, on no stream that you publish; resolves when it has ended and rejects when it can't be played. One at a time. */
  play?(prompt: CallCommandData<'prompt.play'>): Promise<void>
  /** Shows the icon on the owner's phones. */
  indicator?(update: CallCommandData<'indicator.update'>): void
  /** Tells whoever pressed the key that nothing changed. */
  rejected?(control: CallCommandData<'control.rejected'>): void
  /** Ends the call, then `ended`: the organization wants no unrecorded calls. */
  release?(): void
}

/** What happens in a call besides its start, its answer and its end; `atMs` is now unless it is given. */
export type MiddleEvent = Exclude<
  CallEventType,
  'call.started' | 'call.answered' | 'call.ended' | 'prompt.finished' | 'gate.closed' | 'gate.opened' | 'timer.due'
>

/** One live call. Each function says something, in order; none waits. All throw once the publisher has failed. */
export interface PublishedCall {
  readonly callId: string
  /** Time zero is now, or `timeMs` (UTC). */
  answered(data: EventInput<'call.answered'>, timeMs?: number): void
  /** Samples as on the network: G.711 codes, L16 big-endian. Without `offset` (samples since time zero) they go on where the stream ended: give one after a gap. */
  audio(streamId: string, bytes: Uint8Array, offset?: number): void
  happened<T extends MiddleEvent>(type: T, data: EventInput<T>): void
  ended(reason?: string): void
  /** Milliseconds since time zero; 0 before it. */
  atMs(): number
  /** For whoever goes on with the call after this process; see `resumeCall`. */
  state(): CallState
}

/** The publisher's own side of a call. */
export interface DrivenCall extends PublishedCall {
  obey(id: string, command: CallCommand): void
  /** Sends what is due. */
  tick(): void
  readonly isOver: boolean
}

export interface CallContext {
  readonly messages: CallMessages
  readonly hooks: CallHooks
  readonly clock: WaitingClock
  readonly sending: Sending
  /** Of a call that is gone on with. */
  readonly state: CallState | null
}

export function driveCall({ messages, hooks, clock, sending, state: saved }: CallContext): DrivenCall {
  const { callId } = messages.names
  const pace: Pace = { streams: [...structuredClone(saved?.streams ?? [])], gate: { ...(saved?.gate ?? { open: true, sequence: 0 }) }, nextMediaMs: BATCH_MS }
  const left = new Set(saved?.left)
  const obeyed = new Set(saved?.obeyed)
  const spoken: Spoken = new Map()
  let timeZeroMs = saved?.timeZeroMs ?? null
  /** Nothing from before is sent: the gate was shut. */
  let openSinceMs = 0
  let closing = saved?.closing ?? null
  let isOver = false
  let prompts = Promise.resolve()

  const atMs = (): number => (timeZeroMs === null ? 0 : Math.max(0, Math.floor(clock.now() - timeZeroMs)))
  const say = ({ message }: NumberedMessage): void => sending.push(message)
  const event = <T extends CallEventType>(type: T, data: EventInput<T>): void => say(eventMessage(messages, type, data, clock.now()))
  const begin = (streams: readonly StreamFormat[], fromMs: number): void => void pace.streams.push(...streams.map((stream) => openStream(stream, fromMs)))
  const streamNamed = (streamId: string): CallStream | undefined => pace.streams.find((stream) => stream.streamId === streamId && lives(stream))

  function media(nowMs: number): void {
    const waiting = pace.gate.open ? spoken : new Map()
    const runs = takeRuns(pace.streams, waiting, closing?.atMs ?? nowMs, { fromMs: openSinceMs, cut: closing !== null })
    scheduleMedia(pace, nowMs)
    say(mediaMessage(messages, runs, clock.now()))
  }

  /** Ahead of what changes the meaning of audio, all that came before it goes out. */
  function flush(nowMs: number): void {
    if (pace.gate.open && spoken.size > 0) media(nowMs)
  }

  function tick(): void {
    const nowMs = atMs()
    if (timeZeroMs === null || isOver) return
    shutIfDue()
    if (nowMs >= pace.nextMediaMs) media(nowMs)
  }

  function obeyGate(open: boolean, sequence: number): void {
    if (!isNewGate(closing ?? pace.gate, sequence)) return
    if (closing !== null) shut(closing)
    // Where the audio is cut is what the answer says: the clock is read once, since it may go on between any two lines.
    const nowMs = atMs()
    if (!open) {
      closing = { sequence, atMs: nowMs }
      return shutIfDue()
    }
    flush(nowMs)
    spoken.clear()
    if (!pace.gate.open) {
      openSinceMs = nowMs
      for (const stream of pace.streams.filter(lives)) stream.sentTo = Math.max(stream.sentTo, msToSamples(nowMs, stream.format.sampleRateHz))
    }
    turnGate(pace, { open, sequence }, nowMs)
    event('gate.opened', { sequence, atMs: nowMs })
  }

  /** Asked with every packet: the clock is read only while a gate is about to shut. */
  function shutIfDue(): void {
    if (closing !== null && (!pace.gate.open || isShutBy(pace.streams, closing, atMs()))) shut(closing)
  }

  function shut({ sequence, atMs: shutMs }: ClosingGate): void {
    flush(shutMs)
    spoken.clear()
    closing = null
    turnGate(pace, { open: false, sequence }, atMs())
    event('gate.closed', { sequence, atMs: shutMs })
  }

  async function play(prompt: CallCommandData<'prompt.play'>): Promise<void> {
    const { promptId, expiresAtMs = Infinity } = prompt
    const fromMs = atMs()
    if (isOver) return
    if (fromMs > expiresAtMs) return event('prompt.finished', { promptId, outcome: 'expired', atMs: fromMs })
    const outcome = await (hooks.play?.(prompt) ?? Promise.reject(new Error('no prompts here'))).then(
      () => 'played' as const,
      () => 'failed' as const,
    )
    const toMs = atMs()
    shutIfDue()
    if (!isOver) event('prompt.finished', outcome === 'failed' ? { promptId, outcome, atMs: toMs } : { promptId, outcome, fromMs, toMs, atMs: toMs })
  }

  /** What an event means for the streams, told after the audio before it went out. */
  function turnStreams(type: MiddleEvent, data: EventInput<MiddleEvent>, whenMs: number): void {
    switch (type) {
      case 'participant.joined':
        return begin((data as EventInput<'participant.joined'>).streams ?? [], whenMs)
      case 'stream.added':
        return begin([(data as EventInput<'stream.added'>).stream], whenMs)
      case 'stream.changed': {
        const { stream } = data as EventInput<'stream.changed'>
        const old = streamNamed(stream.streamId)
        if (old !== undefined) endStream(old, whenMs)
        return begin([stream], whenMs)
      }
      case 'participant.left':
        left.add((data as EventInput<'participant.left'>).participantId)
        for (const stream of pace.streams.filter(lives)) if (stream.participantIds.every((id) => left.has(id))) stream.endSample = stream.sentTo
        return
      default:
    }
  }

  return {
    callId,
    atMs,
    get isOver() {
      return isOver
    },
    answered(data, timeMs = clock.now()) {
      timeZeroMs = timeMs
      begin(data.streams, 0)
      say(eventMessage(messages, 'call.answered', data, timeMs))
    },
    audio(streamId, bytes, offset) {
      const stream = streamNamed(streamId)
      if (stream === undefined)
        throw new RangeError(`call ${callId} has no stream ${streamId} now: declare it in call.answered, participant.joined or stream.added`)
      stream.handedTo = offset === undefined ? null : offset + bytes.length / bytesPerSample(stream.format.codec)
      if (!pace.gate.open) return
      speak(spoken, stream, bytes, offset)
      shutIfDue()
    },
    happened(type, data) {
      const whenMs = ('atMs' in data ? data.atMs : undefined) ?? atMs()
      shutIfDue()
      if (!type.startsWith('control.')) flush(atMs())
      turnStreams(type, data, whenMs)
      event(type, { ...data, ...(timeZeroMs === null ? {} : { atMs: whenMs }) })
      shutIfDue()
    },
    ended(reason = 'normal') {
      if (isOver) return
      if (closing !== null) shut(closing)
      const nowMs = atMs()
      flush(nowMs)
      event('call.ended', { reason, ...(timeZeroMs === null ? {} : { atMs: nowMs }), finalSamples: finalSamples(pace.streams) })
      isOver = true
    },
    obey(id, command) {
      if (isOver || !isFirst(obeyed, id)) return
      switch (command.type) {
        case 'prompt.play':
          prompts = prompts.then(() => play(command.data))
          // Sending has failed, which its own `onError` tells.
          prompts.catch(() => {})
          return
        case 'gate.close':
        case 'gate.open':
          return obeyGate(command.type === 'gate.open', command.data.sequence)
        case 'indicator.update':
          return hooks.indicator?.(command.data)
        case 'control.rejected':
          return hooks.rejected?.(command.data)
        case 'call.release':
          return hooks.release?.()
        case 'event.handled':
          return
      }
    },
    tick,
    state: () => ({
      version: 1,
      callId,
      timeZeroMs,
      streams: structuredClone(pace.streams),
      left: [...left],
      gate: { ...pace.gate },
      closing,
      obeyed: [...obeyed],
      unconfirmed: savedMessages(sending.unconfirmed(callId)),
    }),
  }
}
