/** One phase of the benchmark; prints one JSON line, unless it is there to answer questions. What a phase does not use it does not load. */
const [phase = '', input = ''] = process.argv.slice(2)
const result = await resultOf(JSON.parse(input))
if (result !== undefined) console.log(JSON.stringify(result))

async function resultOf(given: unknown): Promise<unknown> {
  const [engine] = phase.split(':')
  switch (engine) {
    case 'embedded': {
      const { embeddedPhase } = await import('./embedded/phases.ts')
      return embeddedPhase(phase, given)
    }
    case 'servers': {
      const { serversPhase } = await import('./servers/phases.ts')
      return serversPhase(phase, given)
    }
    case 'retention': {
      const { retentionPhase } = await import('./retention/phases.ts')
      return retentionPhase(phase, given)
    }
    case 'rtpengine': {
      const { recordRtp } = await import('./rtpengine/record-rtp.ts')
      return recordRtp(given as Parameters<typeof recordRtp>[0])
    }
    default:
      throw new Error(`no phase ${phase}`)
  }
}
