import { type Interval } from '@twinreel/media/intervals'
import { fractionAt, type Key } from './random.ts'

/** What a telephone sends at a time. */
const PACKET_MS = 20

export interface LossyLine {
  /** Of each packet. */
  readonly probability: number
  readonly key: Key
  readonly packetSamples: number
}

export function lossyLine(key: Key, probability: number, sampleRateHz: number): LossyLine {
  return { key, probability, packetSamples: (sampleRateHz * PACKET_MS) / 1_000 }
}

/** What of the samples [from, to) arrives and what is lost. A packet's fate hangs on its place in the stream alone, however the range is cut. */
export function carry(line: LossyLine, from: number, to: number): { arrived: Interval[]; lost: Interval[] } {
  if (line.probability === 0 || from === to) return { arrived: [[from, to]], lost: [] }
  const arrived: Interval[] = []
  const lost: Interval[] = []
  let runFrom = from
  let runLost: boolean | null = null
  for (let packet = Math.floor(from / line.packetSamples); packet * line.packetSamples < to; packet++) {
    const isLost = fractionAt(line.key, packet) < line.probability
    if (isLost === runLost) continue
    const edge = Math.max(from, packet * line.packetSamples)
    if (runLost !== null) (runLost ? lost : arrived).push([runFrom, edge])
    runFrom = edge
    runLost = isLost
  }
  if (runLost !== null) (runLost ? lost : arrived).push([runFrom, to])
  return { arrived, lost }
}
