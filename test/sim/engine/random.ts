import type { Random } from './types.ts'

/** A generator of its own for each name (sfc32, seeded by a hash of seed and name): cheap, and the same on every machine. */
export function createRandom(seed: number, name: string): Random {
  const next = sfc32(...seedsOf(`${seed}/${name}`))
  const random: Random = {
    next,
    chance: (probability) => probability > 0 && next() < probability,
    whole: (from, to) => from + Math.floor(next() * (to - from + 1)),
    between: (from, to) => from + next() * (to - from),
    pick: (list) => list[Math.floor(next() * list.length)] ?? list[0],
    split: (part) => createRandom(seed, `${name}/${part}`),
  }
  return random
}

type Seeds = [number, number, number, number]

/** FNV-1a from four starting points. */
function seedsOf(text: string): Seeds {
  const seeds: Seeds = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    for (let n = 0; n < 4; n++) seeds[n] = Math.imul((seeds[n] ?? 0) ^ (code + n * 0x100), 0x01000193)
  }
  return seeds
}

function sfc32(a: number, b: number, c: number, d: number): () => number {
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 0x1_0000_0000
  }
  // The first numbers of two near seeds are alike.
  for (let n = 0; n < 12; n++) next()
  return next
}
