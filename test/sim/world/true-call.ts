import type { Settings } from '@twinreel/recording/settings'
import type { SimulatedCall } from '@twinreel/simulator/simulated-call'
import { heardAudio, truthOf } from '@twinreel/simulator/truth'
import type { Truth } from '@twinreel/oracle/truth-files'
import type { TrueCall } from './evidence.ts'

/** What is true of a call that is over; `settings` of those who were in it, as of its answer. */
export function trueCall(call: SimulatedCall, settings: ReadonlyMap<string, Settings>): TrueCall {
  // As whoever reads the truth files gets it.
  const truth = JSON.parse(JSON.stringify(truthOf(call, settings))) as Truth
  return { plan: call.plan, truth, spoken: call.platform.streams.map((stream) => heardAudio(call, stream)) }
}
