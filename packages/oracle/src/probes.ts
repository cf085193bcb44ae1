/** Short runs of bytes, each with where it comes from, to be looked for in much longer ones. */
export interface ProbeIndex<T> {
  readonly count: number
  /** At least 8 bytes. Runs without any change in them are left out: they are found in every silence. */
  add(bytes: Uint8Array, origin: T): void
  /** The origins of probes that stand anywhere in `bytes`, once each, with the place. */
  find(bytes: Uint8Array): { origin: T; at: number }[]
}

/** `key`: where in it the eight bytes stand by which it is looked up. */
interface Probe<T> {
  bytes: Uint8Array
  key: number
  origin: T
}

/** A filter of so many bits is so sparse that nearly every other place is passed over at once. */
const FILTER_BITS = 1 << 24
const KEY_BYTES = 8
/** Different bytes among the eight; fewer are met in every quiet place. */
const LIVELY = 6

export function probeIndex<T>(): ProbeIndex<T> {
  const filter = new Uint32Array(FILTER_BITS / 32)
  const probes = new Map<number, Probe<T>[]>()
  let count = 0
  return {
    get count() {
      return count
    },
    add(bytes, origin) {
      if (bytes.length < KEY_BYTES) throw new RangeError(`a probe of ${bytes.length} bytes, at least ${KEY_BYTES} are needed`)
      if (bytes.every((byte) => byte === bytes[0])) return
      const key = livelyPlace(bytes)
      const hash = hashOf(wordAt(bytes, key), wordAt(bytes, key + 4))
      filter[hash >>> 5] = (filter[hash >>> 5] ?? 0) | (1 << (hash & 31))
      const same = probes.get(hash)
      if (same === undefined) probes.set(hash, [{ bytes, key, origin }])
      else same.push({ bytes, key, origin })
      count++
    },
    find(bytes) {
      const found = new Map<T, number>()
      if (bytes.length < KEY_BYTES) return []
      let low = wordAt(bytes, 0)
      let high = wordAt(bytes, 4)
      for (let at = 0; ; at++) {
        const hash = hashOf(low, high)
        if (((filter[hash >>> 5] as number) & (1 << (hash & 31))) !== 0) {
          for (const { bytes: probe, key, origin } of probes.get(hash) ?? [])
            if (!found.has(origin) && standsAt(probe, bytes, at - key)) found.set(origin, at - key)
        }
        if (at + KEY_BYTES >= bytes.length) break
        low = (low >>> 8) | (high << 24)
        high = (high >>> 8) | ((bytes[at + KEY_BYTES] as number) << 24)
      }
      return [...found].map(([origin, at]) => ({ origin, at }))
    },
  }
}

/** The first place with so many different bytes, else the one that has most of them. */
function livelyPlace(bytes: Uint8Array): number {
  let best = 0
  let most = 0
  for (let at = 0; at + KEY_BYTES <= bytes.length && most < LIVELY; at++) {
    let different = 0
    for (let i = at; i < at + KEY_BYTES; i++) if (bytes.indexOf(bytes[i] as number, at) === i) different++
    if (different <= most) continue
    most = different
    best = at
  }
  return best
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
}

/** 24 bits of two words, mixed by odd numbers. */
function hashOf(low: number, high: number): number {
  return (Math.imul(low, 0x9e37_79b1) ^ Math.imul(high, 0x85eb_ca77)) >>> 8
}

function standsAt(probe: Uint8Array, bytes: Uint8Array, at: number): boolean {
  if (at < 0 || at + probe.length > bytes.length) return false
  for (let i = 0; i < probe.length; i++) if (probe[i] !== bytes[at + i]) return false
  return true
}
