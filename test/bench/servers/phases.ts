import type { Servers } from '@twinreel/twinreel/place'
import { answerQuestions } from '../phase-process.ts'
import { measure } from '../measure.ts'
import type { Calls } from './publish.ts'
import type { Profiled } from './record.ts'
import { placeIn } from './workspace.ts'

/** The phases on real servers, named by the environment as for any service. What a yardstick does not use it does not load. */
export async function serversPhase(phase: string, given: unknown): Promise<unknown> {
  const place: Servers = await placeIn(process.env)
  switch (phase) {
    case 'servers:publish': {
      const { publishCalls } = await import('./publish.ts')
      await publishCalls(place, given as Calls)
      return null
    }
    case 'servers:discard': {
      const { consumeDiscard } = await import('./yardsticks.ts')
      return measure(() => consumeDiscard(place))
    }
    case 'servers:hash-put': {
      const { consumeHashPut } = await import('./yardsticks.ts')
      return measure(() => consumeHashPut(place))
    }
    case 'servers:record': {
      const { recordAll } = await import('./record.ts')
      return recordAll(place, given as Calls & Profiled)
    }
    case 'servers:live-record': {
      const { liveRecorder } = await import('./live-recorder.ts')
      answerQuestions(await liveRecorder(place, given as Profiled))
      return undefined
    }
    case 'servers:live-publish': {
      const { livePublisher } = await import('./live-publisher.ts')
      answerQuestions(await livePublisher(place, given as { calls: number }))
      return undefined
    }
    case 'servers:live-completed': {
      const { completedRecordings } = await import('./live-latency.ts')
      return completedRecordings(place)
    }
    default:
      throw new Error(`no phase ${phase}`)
  }
}
