import { channelBytes, toSample, type HeardStream } from '@twinreel/oracle/call-audio'
import { sampleBytes, SILENT_BYTE } from '@twinreel/oracle/companding'
import { checkPrompts } from '@twinreel/oracle/check-prompts'
import { promptSearch } from '@twinreel/oracle/prompt-search'
import { promptWaveforms } from '@twinreel/oracle/prompt-waveforms'
import { decode } from '@twinreel/media/g711'
import type { ObjectStore } from '@twinreel/object-store/port'
import type { AudioClaim } from '../language/audio-claims.ts'
import { writeCallTime } from '@twinreel/contracts/call-time'
import { writeDuration } from '../language/call-clock.ts'
import type { Line, Tolerances } from '../language/scenario.ts'
import type { ExpectationResult } from '../result.ts'
import { likeness } from './likeness.ts'
import type { AudioObject, RecordedPiece } from './recorded-audio.ts'

/** What claims about the audio of one owner's recordings are held against. */
export interface ClaimEvidence {
  pieces: readonly RecordedPiece[]
  /** Further audio objects of the owner that no row tells of. */
  untold: readonly AudioObject[]
  streams: readonly HeardStream[]
  /** Which party is heard on a stream. */
  partyOf(streamId: string): string
  /** Whether the owner is heard on it. */
  isNear(streamId: string): boolean
  store: ObjectStore
  /** `null` in virtual time, which is exact. */
  tolerances: Tolerances | null
  /** Takes a difference down; answers its file. */
  writeDifference(got: Int16Array, expected: Int16Array, sampleRateHz: number): string | null
}

export async function judgeClaims(claims: readonly Line<AudioClaim>[], evidence: ClaimEvidence): Promise<ExpectationResult[]> {
  const results: ExpectationResult[] = []
  for (const { line, text, means } of claims) {
    const miss = await missOf(means, evidence)
    results.push({
      met: miss === null,
      about: 'audio',
      line,
      expected: text,
      got: miss === null ? text : miss.got,
      atMs: miss?.atMs ?? ('fromMs' in means ? means.fromMs : null),
      differenceWav: miss?.differenceWav ?? null,
    })
  }
  return results
}

interface Miss {
  got: string
  atMs: number | null
  differenceWav?: string | null
}

async function missOf(claim: AudioClaim, evidence: ClaimEvidence): Promise<Miss | null> {
  switch (claim.kind) {
    case 'channel':
      return channelMiss(claim, evidence)
    case 'nowhere':
      return leak(claim, evidence)
    case 'no-prompt':
      return promptMiss(evidence)
  }
}

function channelMiss(claim: Extract<AudioClaim, { kind: 'channel' }>, evidence: ClaimEvidence): Miss | null {
  const { pieces, streams, partyOf, tolerances, writeDifference } = evidence
  const slackMs = tolerances?.timeMs.within ?? 0
  const [claimedFrom, claimedTo] = [claim.fromMs + slackMs, claim.toMs - slackMs]
  if (claimedFrom >= claimedTo)
    return { got: `too short to be checked in real time, where anything may be within ${writeDuration(slackMs)} of both its ends`, atMs: claim.fromMs }
  const speakers = streams.filter(({ stream }) => claim.speakers.includes(partyOf(stream.streamId)))
  let atMs = claimedFrom
  for (const piece of pieces.filter(({ fromMs, toMs }) => fromMs < claimedTo && toMs > claimedFrom)) {
    if (piece.fromMs > atMs) break
    const toMs = Math.min(piece.toMs, claimedTo)
    const { codec, sampleRateHz } = piece.format
    const width = sampleBytes(codec)
    const start = toSample(piece.fromMs, sampleRateHz)
    const [first, last] = [toSample(atMs, sampleRateHz) - start, toSample(toMs, sampleRateHz) - start]
    const expected = channelBytes(speakers, piece.format, [piece.fromMs, piece.toMs]).subarray(first * width, last * width)
    const got = piece[claim.channel].subarray(first * width, last * width)
    const at = expected.findIndex((byte, i) => byte !== got[i])
    if (at !== -1) {
      const [gotSamples, expectedSamples] = [decode(got, codec), decode(expected, codec)]
      if (tolerances === null || !isLike(gotSamples, expectedSamples, tolerances)) {
        const whereMs = Math.floor(atMs + (Math.floor(at / width) * 1_000) / sampleRateHz)
        return {
          got: `something else on the ${claim.channel} from ${writeCallTime(whereMs)} on`,
          atMs: whereMs,
          differenceWav: writeDifference(gotSamples, expectedSamples, sampleRateHz),
        }
      }
    }
    atMs = toMs
  }
  return atMs >= claimedTo ? null : { got: `nothing was captured at ${writeCallTime(atMs)}`, atMs }
}

function isLike(got: Int16Array, expected: Int16Array, { levelDb, correlation }: Tolerances): boolean {
  const like = likeness(got, expected)
  return like.correlation >= correlation.atLeast && Math.abs(like.levelDb) <= levelDb.within
}

const PROBE_MS = 40

/**
 * What was said then, 40 ms at a time, searched for in both channels of every object: alone, and as it sounds among those on the same side, or among
 * everybody, who were heard then. Pure silence is anywhere, and so is what sounds the same without it.
 */
function leak(claim: Extract<AudioClaim, { kind: 'nowhere' }>, evidence: ClaimEvidence): Miss | null {
  for (const object of [...evidence.pieces, ...evidence.untold]) {
    const { format } = object
    const size = toSample(PROBE_MS, format.sampleRateHz) * sampleBytes(format.codec)
    const channels = [object.left, object.right].map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    for (const { own, others } of mixesOf(claim.who, evidence)) {
      const span: [number, number] = [claim.fromMs, claim.toMs]
      const [said, without] = [channelBytes([...own, ...others], format, span), Buffer.from(channelBytes(others, format, span))]
      for (let from = 0; from + size <= said.length; from += size) {
        const probe = said.subarray(from, from + size)
        if (probe.every((byte) => byte === SILENT_BYTE[format.codec]) || without.subarray(from, from + size).equals(probe)) continue
        const found = channels.findIndex((channel) => channel.includes(Buffer.from(probe.buffer, probe.byteOffset, probe.length)))
        if (found === -1) continue
        const atMs = claim.fromMs + (from / size) * PROBE_MS
        return {
          got: `what ${claim.who} said at ${writeCallTime(atMs)} stands on the ${found === 0 ? 'left' : 'right'} of ${object.key.slice(object.key.lastIndexOf('/') + 1)}`,
          atMs,
        }
      }
    }
  }
  return null
}

/** Of the party all that was said, whether or not it reached the log; of others what did. */
function mixesOf(
  who: string,
  { streams, partyOf, isNear }: Pick<ClaimEvidence, 'streams' | 'partyOf' | 'isNear'>,
): { own: HeardStream[]; others: HeardStream[] }[] {
  const isOwn = ({ stream }: HeardStream): boolean => partyOf(stream.streamId) === who
  const own = streams
    .filter(isOwn)
    .map((heard): HeardStream => ({ ...heard, heard: [[heard.stream.firstSample, heard.stream.firstSample + heard.stream.sampleCount]] }))
  const others = streams.filter((heard) => !isOwn(heard))
  const beside = others.filter((heard) => own.some((one) => isNear(one.stream.streamId) === isNear(heard.stream.streamId)))
  const mixes = [[], beside, others].filter((mix, i, all) => all.findIndex((other) => other.length === mix.length) === i)
  return mixes.map((mix) => ({ own, others: mix }))
}

async function promptMiss({ pieces, untold, store }: ClaimEvidence): Promise<Miss | null> {
  const keys = [...pieces, ...untold].map(({ key }) => key)
  const [finding] = await checkPrompts({
    objects: { list: async () => keys, read: (key) => store.get(key) },
    keys,
    search: promptSearch(await promptWaveforms()),
  })
  return finding === undefined ? null : { got: finding.message, atMs: finding.atMs }
}
