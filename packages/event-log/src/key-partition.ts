const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995

const encoder = new TextEncoder()

/**
 * MurmurHash2, 32 bits, with the seed Kafka's Java client uses; answers a signed integer as Java does.
 * Words are read in little-endian order.
 */
export function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const tail = bytes.length & ~3
  let hash = SEED ^ bytes.length
  for (let at = 0; at < tail; at += 4) {
    let word = Math.imul(view.getInt32(at, true), MULTIPLIER)
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER)
    hash = Math.imul(hash, MULTIPLIER) ^ word
  }
  if (tail < bytes.length) {
    for (let at = bytes.length - 1; at >= tail; at--) hash ^= view.getUint8(at) << (8 * (at - tail))
    hash = Math.imul(hash, MULTIPLIER)
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return hash ^ (hash >>> 15)
}

/**
 * The partition of a key: murmur2 of its UTF-8 bytes with the sign bit cleared, modulo the number of partitions. It is
 * what Kafka's default partitioner does, so both engines place a key alike and a log copied from one to the other keeps its shape.
 */
export function partitionOfKey(key: string, partitions: number): number {
  return (murmur2(encoder.encode(key)) & 0x7fffffff) % partitions
}
