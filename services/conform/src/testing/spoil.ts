import { decodeMedia, encodeMedia, type MediaRun } from '@twinreel/contracts/media'
import type { ObservedMessage } from '../observed.ts'
import { TIME_ZERO_MS, type Said } from './good-call.ts'

export type Spoil = (call: Said[]) => Said[]

const decoder = new TextDecoder()
export const encoder = new TextEncoder()

/** Changes messages of one kind, or one message by its number among them. */
export function change(what: string, how: (message: ObservedMessage, atMs: number) => Partial<ObservedMessage>, number?: number): Spoil {
  return (call) => {
    let seen = 0
    return call.map((said) =>
      said.what === what && (number === undefined || number === seen++) ? { ...said, message: { ...said.message, ...how(said.message, said.atMs) } } : said,
    )
  }
}

export const drop =
  (what: string, number?: number): Spoil =>
  (call) => {
    let seen = 0
    return call.filter((said) => said.what !== what || (number !== undefined && number !== seen++))
  }

export function data(what: string, how: (data: Record<string, unknown>) => Record<string, unknown>, number?: number): Spoil {
  return change(what, ({ value }) => valued(how(JSON.parse(decoder.decode(value ?? new Uint8Array())) as Record<string, unknown>)), number)
}

export function valued(json: unknown): Partial<ObservedMessage> {
  return { value: encoder.encode(JSON.stringify(json)) }
}

export const header = (what: string, name: string, value: string | null, number?: number): Spoil =>
  change(
    what,
    ({ headers }) => ({
      headers: Object.fromEntries([...Object.entries(headers).filter(([other]) => other !== name), ...(value === null ? [] : [[name, value]])]),
    }),
    number,
  )

/** Changes the runs of media messages whose end, in ms, `where` takes. */
export function runs(how: (runs: MediaRun[], atMs: number) => MediaRun[], where: (atMs: number) => boolean = () => true): Spoil {
  return (call) =>
    call.map((said) =>
      said.what === 'media' && where(said.atMs)
        ? { ...said, message: { ...said.message, value: encodeMedia(how(decodeMedia(said.message.value ?? new Uint8Array()), said.atMs)) } }
        : said,
    )
}

export const everyRun = (how: (run: MediaRun) => MediaRun, where?: (atMs: number) => boolean): Spoil => runs((all) => all.map(how), where)

/** Moves messages to another place. */
export const move =
  (what: string, number: number, before: number): Spoil =>
  (call) => {
    const moved = call.filter((said) => said.what === what)[number]
    const rest = call.filter((said) => said !== moved)
    return moved === undefined ? call : [...rest.slice(0, before), moved, ...rest.slice(before)]
  }

/** Says something at another time. */
export const saidAt =
  (what: string, atMs: number): Spoil =>
  (call) =>
    call
      .map((said) => {
        if (said.what !== what) return said
        const { headers, ...message } = said.message
        const time = 'ce_time' in headers ? { ce_time: new Date(TIME_ZERO_MS + atMs).toISOString() } : {}
        return { ...said, atMs, message: { ...message, headers: { ...headers, ...time }, appendedAtMs: TIME_ZERO_MS + atMs + 20 } }
      })
      .toSorted((a, b) => a.atMs - b.atMs)

export const again =
  (what: string, number: number, how: (message: ObservedMessage) => Partial<ObservedMessage>, place = Infinity): Spoil =>
  (call) => {
    const said = call.filter((one) => one.what === what)[number]
    if (said === undefined) return call
    const copy = { ...said, message: { ...said.message, ...how(said.message) } }
    return [...call.slice(0, place), copy, ...call.slice(place)]
  }

export const renamed = (id: string) => (message: ObservedMessage) => ({ headers: { ...message.headers, ce_id: id } })

export const cut =
  (fromMs: number, toMs: number): Spoil =>
  (call) =>
    call.filter(({ what, atMs }) => what !== 'media' || atMs <= fromMs || atMs >= toMs)

export const spoilt =
  (...spoils: Spoil[]): Spoil =>
  (call) =>
    spoils.reduce((spoiled, spoil) => spoil(spoiled), call)

/** Cuts each second of audio into packets of 20 ms, a message each. */
export const inPackets: Spoil = (call) =>
  call.flatMap((said) => {
    if (said.what !== 'media') return [said]
    const all = decodeMedia(said.message.value ?? new Uint8Array())
    if (all.every(({ sampleCount }) => sampleCount === 0)) return [said]
    return Array.from({ length: 50 }, (_, i) => {
      const packet = all.map(({ streamId, offset, bytes }) => ({
        streamId,
        offset: offset + i * 160,
        sampleCount: 160,
        bytes: bytes.subarray(i * 160, (i + 1) * 160),
      }))
      const headers = { ...said.message.headers, ce_id: `${said.message.headers['ce_id']}.${i}` }
      return { ...said, message: { ...said.message, headers, value: encodeMedia(packet) } }
    })
  })

/** Each stream in a message of its own. */
export const streamByStream: Spoil = (call) =>
  call.flatMap((said) => {
    if (said.what !== 'media') return [said]
    return decodeMedia(said.message.value ?? new Uint8Array()).map((run) => {
      const headers = { ...said.message.headers, ce_id: `${said.message.headers['ce_id']}.${run.streamId}` }
      return { ...said, message: { ...said.message, headers, value: encodeMedia([run]) } }
    })
  })

/** Seven seconds of audio at once. */
export const hoarded: Spoil = (call) => {
  const held = call.filter(({ what, atMs }) => what === 'media' && atMs > 32_000 && atMs <= 39_000)
  const all = held.flatMap(({ message }) => decodeMedia(message.value ?? new Uint8Array()))
  const last = held.at(-1)
  return call.flatMap((said) => (said === last ? [{ ...said, message: { ...said.message, value: encodeMedia(all) } }] : held.includes(said) ? [] : [said]))
}

export const shifted = (ms: number) => (run: MediaRun) => ({ ...run, offset: run.offset + ms * 8 })

/** The clock of a call without audio, so that its end does not lie far ahead. */
export function addClock(call: Said[]): Said[] {
  return call.filter(({ what }) => !what.startsWith('control.') && !what.startsWith('gate.'))
}

/** The plain part of the call alone: two streams, no pause. */
export function undisturbed(call: Said[]): Said[] {
  const plain = call.filter(({ what }) => !/^(?:control|gate|participant)\./.test(what))
  return spoilt(
    runs((every) => every.filter(({ streamId }) => streamId !== 'third')),
    finals({}),
  )(plain)
}

/** Other final samples of some streams, and none of the one that joined and is not named. */
export function finals(samples: Record<string, number>): Spoil {
  return data('call.ended', (ended) => ({
    ...ended,
    finalSamples: (ended['finalSamples'] as { streamId: string; sampleOffset: number }[])
      .map((one) => ({ ...one, sampleOffset: samples[one.streamId] ?? one.sampleOffset }))
      .filter(({ streamId }) => streamId !== 'third' || 'third' in samples),
  }))
}

/** No message of audio says when it was made. */
export const timeless: Spoil = header('media', 'ce_time', null)

/** For 40 s of it only media of one byte tells that it goes on. */
export const barelyAlive: Spoil = (call) =>
  spoilt(
    undisturbed,
    later(32_000, 40_000),
    finals({}),
  )(call).flatMap((said) => {
    if (said.atMs !== 33_000) return [said]
    const alive = [40_000, 48_000, 56_000, 64_000].map((atMs) => {
      const headers = { ...said.message.headers, ce_id: `alive-${atMs}`, ce_time: new Date(TIME_ZERO_MS + atMs).toISOString() }
      return { ...said, message: { ...said.message, headers, value: Uint8Array.of(1), appendedAtMs: TIME_ZERO_MS + atMs + 20 } }
    })
    return [...alive, said]
  })

/** All of the call from then on comes so much later: its publisher slept, and went on. */
export function later(fromMs: number, byMs: number): Spoil {
  return (call) =>
    call.map((said) => {
      if (said.atMs <= fromMs) return said
      const { headers, appendedAtMs, value } = said.message
      const time = new Date(TIME_ZERO_MS + said.atMs + byMs).toISOString()
      const shiftedRuns = said.what === 'media' ? { value: encodeMedia(decodeMedia(value ?? new Uint8Array()).map(shifted(byMs))) } : {}
      const ended =
        said.what === 'call.ended'
          ? valued({
              atMs: said.atMs + byMs,
              finalSamples: ['far', 'near']
                .map((streamId) => ({ streamId, sampleOffset: (40_000 + byMs) * 8 }))
                .concat([{ streamId: 'third', sampleOffset: 160_000 }]),
            })
          : {}
      return {
        ...said,
        message: { ...said.message, headers: { ...headers, ce_time: time }, appendedAtMs: (appendedAtMs ?? 0) + byMs, ...shiftedRuns, ...ended },
      }
    })
}
