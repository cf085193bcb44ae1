/** How alike two pieces of audio are: correlation from -1 to 1, and by how many decibels the first is louder. Two silences are the same. */
export function likeness(got: Int16Array, expected: Int16Array): { correlation: number; levelDb: number } {
  let [product, gotEnergy, expectedEnergy] = [0, 0, 0]
  for (let i = 0; i < Math.max(got.length, expected.length); i++) {
    const [a, b] = [got[i] ?? 0, expected[i] ?? 0]
    product += a * b
    gotEnergy += a * a
    expectedEnergy += b * b
  }
  if (gotEnergy === 0 && expectedEnergy === 0) return { correlation: 1, levelDb: 0 }
  if (gotEnergy === 0 || expectedEnergy === 0) return { correlation: 0, levelDb: gotEnergy === 0 ? -Infinity : Infinity }
  return { correlation: product / Math.sqrt(gotEnergy * expectedEnergy), levelDb: 10 * Math.log10(gotEnergy / expectedEnergy) }
}
