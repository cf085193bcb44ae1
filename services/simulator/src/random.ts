import { createHash } from 'node:crypto'

/** 64 bits that stand for a name: what a seed, a call and a stream come down to. */
export type Key = readonly [number, number]

/** The key of a list of names. The list is hashed whole, so ("a", "bc") and ("ab", "c") are strangers. */
export function keyOf(...names: readonly (string | number)[]): Key {
  const digest = createHash('sha256').update(JSON.stringify(names)).digest()
  return [digest.readInt32LE(0), digest.readInt32LE(4)]
}

/** The key's nth 32 bits, as a signed integer: any of them, in any order, at the cost of a few multiplications. */
export function bitsAt(key: Key, index: number): number {
  return scrambled(scrambled(index ^ key[0]) + key[1])
}

/** The key's nth number, from 0 to below 1. */
export function fractionAt(key: Key, index: number): number {
  return (bitsAt(key, index) >>> 0) / 0x1_0000_0000
}

// Every bit of the input reaches every bit of the result: two rounds of multiply and fold.
function scrambled(value: number): number {
  let x = value | 0
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return x ^ (x >>> 16)
}

/** Draws one after the other from a key. */
export interface Draws {
  /** From 0 to below 1. */
  fraction(): number
  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number
  chance(probability: number): boolean
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T
}

export function drawsOf(key: Key): Draws {
  let index = 0
  const fraction = (): number => fractionAt(key, index++)
  const whole = (min: number, max: number): number => min + Math.floor(fraction() * (max - min + 1))
  return {
    fraction,
    whole,
    chance: (probability) => fraction() < probability,
    pick: (list) => {
      if (list.length === 0) throw new RangeError('nothing to pick from')
      return list[whole(0, list.length - 1)] as (typeof list)[number]
    },
  }
}
