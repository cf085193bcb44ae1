type Levels = readonly (number | null)[]

/** The same picture in at most so many buckets: of several the loudest, and how many make one. */
export function reduced(levels: Levels, mostPoints: number): { levels: (number | null)[]; each: number } {
  const each = Math.max(1, Math.ceil(levels.length / mostPoints))
  const few = Array.from<number | null>({ length: Math.ceil(levels.length / each) }).fill(null)
  for (const [i, level] of levels.entries()) few[Math.floor(i / each)] = louder(few[Math.floor(i / each)] ?? null, level)
  return { levels: few, each }
}

/** Of several waveforms on the same buckets the loudest at each. */
export function loudestOf(all: readonly Levels[]): (number | null)[] {
  const loudest: (number | null)[] = []
  for (const levels of all) for (const [i, level] of levels.entries()) loudest[i] = louder(loudest[i] ?? null, level)
  return loudest
}

function louder(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b > a) ? b : a
}

/**
 * The path of a waveform around the line y = 0, one unit wide for each bucket, `halfHeight` high at full scale 1. Silence is a thin line, and a bucket
 * of `null` a gap. Short: neighbours of the same height are one step.
 */
export function wavePath(levels: Levels, halfHeight: number): string {
  let path = ''
  for (let from = 0; from < levels.length; from++) {
    if (levels[from] === null) continue
    let to = from
    while (to < levels.length && levels[to] !== null) to++
    path += outline(
      levels.slice(from, to).map((level) => Math.max(1, Math.round(Math.min(1, level ?? 0) * halfHeight))),
      from,
    )
    from = to
  }
  return path
}

function outline(heights: readonly number[], from: number): string {
  const steps: { height: number; width: number }[] = []
  for (const height of heights) {
    const last = steps.at(-1)
    if (last?.height === height) last.width += 1
    else steps.push({ height, width: 1 })
  }
  let path = `M${from} 0`
  let y = 0
  for (const { height, width } of steps) {
    path += `v${-height - y}h${width}`
    y = -height
  }
  for (const { height, width } of steps.toReversed()) {
    path += `v${height - y}h${-width}`
    y = height
  }
  return `${path}z`
}
