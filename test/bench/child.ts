/** One phase of the benchmark; prints one JSON line. What a phase does not use it does not load. */
const [phase = '', input = ''] = process.argv.slice(2)
const given: unknown = JSON.parse(input)
console.log(JSON.stringify(await result()))

async function result(): Promise<unknown> {
  const [engine] = phase.split(':')
  switch (engine) {
    case 'embedded': {
      const { embeddedPhase } = await import('./embedded/phases.ts')
      return embeddedPhase(phase, given)
    }
    default:
      throw new Error(`no phase ${phase}`)
  }
}
