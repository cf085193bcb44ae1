import { decode } from '@twinreel/media/g711'
import { MAGIC, PERIOD, twice } from './pattern.ts'

export interface Hit {
  form: string
  at: number
  /** The pause in which it was said, where the form lets it be read. */
  pause: number | null
}

/** How one value is written, and how many bytes of something else come before the next. */
interface Form {
  name: string
  units: readonly Uint8Array[]
  gapBytes: number
  /** A value from what stands at the place of a unit. */
  read: ((bytes: Buffer, at: number) => number) | null
}

const MOST_HITS = 1_000
const plain = [...MAGIC].map((value) => Uint8Array.of(value))
const double = plain.map(twice)
const expanded = (codec: 'PCMU' | 'PCMA', isBigEndian: boolean): Uint8Array[] =>
  [...decode(MAGIC, codec)].map((sample) => {
    const unit = Buffer.alloc(2)
    if (isBigEndian) unit.writeInt16BE(sample)
    else unit.writeInt16LE(sample)
    return unit
  })

/** As one channel, and as one of two that are interleaved. */
function channels(name: string, units: readonly Uint8Array[], read: Form['read']): Form[] {
  const width = units[0]?.length ?? 0
  return [
    { name, units, gapBytes: 0, read },
    { name: `${name}, interleaved`, units, gapBytes: width, read },
  ]
}

const FORMS: readonly Form[] = [
  ...channels('one byte', plain, (bytes, at) => bytes[at] ?? 0),
  ...channels('L16', double, (bytes, at) => bytes[at] ?? 0),
  ...(['PCMU', 'PCMA'] as const).flatMap((codec) => [
    ...channels(`${codec} expanded`, expanded(codec, false), null),
    ...channels(`${codec} expanded, big-endian`, expanded(codec, true), null),
  ]),
  { name: 'Latin-1 as UTF-8', units: [...MAGIC].map((value) => Buffer.from(String.fromCharCode(value), 'utf8')), gapBytes: 0, read: null },
]

/** Every place at which the canary stands, in any form in which audio of ours could: as samples, alone or interleaved, expanded, and all of that as hex, base64 or numbers. */
export function canariesIn(bytes: Buffer): Hit[] {
  const hits = FORMS.flatMap((form) => samplesIn(bytes, form))
  const text = bytes.toString('latin1')
  for (const { name, bytes: decoded } of decodings(text)) {
    for (const form of FORMS) hits.push(...samplesIn(decoded, form).map((hit) => ({ ...hit, form: `${hit.form}, as ${name}` })))
    if (hits.length > MOST_HITS) break
  }
  return hits
}

function samplesIn(bytes: Buffer, { name, units, gapBytes, read }: Form): Hit[] {
  const hits: Hit[] = []
  const [first] = units
  if (first === undefined) return hits
  const stride = first.length + gapBytes
  const needle = Buffer.from(first)
  for (let at = bytes.indexOf(needle); at !== -1 && hits.length < MOST_HITS; at = bytes.indexOf(needle, at + 1)) {
    let place = at
    const isHere = units.every((unit) => {
      const here = unit.every((byte, i) => bytes[place + i] === byte)
      place += unit.length + gapBytes
      return here
    })
    if (isHere) hits.push({ form: name, at, pause: read === null ? null : numberAt(bytes, at, stride, read) })
  }
  return hits
}

function numberAt(bytes: Buffer, at: number, stride: number, read: NonNullable<Form['read']>): number {
  let number = 0
  for (let place = MAGIC.length; place < PERIOD; place++) number = number * 256 + read(bytes, at + place * stride)
  return number
}

/** What stands in a text as something else: hex and base64 at each of their alignments, and lists of numbers, also as objects by index. */
function* decodings(text: string): Generator<{ name: string; bytes: Buffer }> {
  for (const [run] of text.matchAll(/[0-9a-fA-F]{16,}/g))
    for (let skip = 0; skip < 2; skip++) yield { name: 'hex', bytes: Buffer.from(run.slice(skip, skip + ((run.length - skip) & ~1)), 'hex') }
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{11,}/g))
    for (let skip = 0; skip < 4; skip++) yield { name: 'base64', bytes: Buffer.from(run.slice(skip), 'base64') }
  for (const [run] of text.matchAll(/(?:(?:"\d{1,9}":)?-?\d{1,5}[,\s]+){7,}(?:"\d{1,9}":)?-?\d{1,5}/g)) {
    const numbers = run
      .replaceAll(/"\d+":/g, '')
      .split(/[,\s]+/)
      .map(Number)
    yield { name: 'numbers', bytes: Buffer.from(numbers.map((number) => number & 0xff)) }
    yield { name: 'numbers of 16 bits', bytes: Buffer.from(Int16Array.from(numbers).buffer) }
  }
}
