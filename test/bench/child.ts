import { silentLogger } from '@twinreel/service/log'
import { openEngines } from '@twinreel/twinreel/engines'
import { recordWith } from '@twinreel/twinreel/record-with'
import { consumeDiscard, consumeHashWrite, measure, recordAll, until } from './phases.ts'
import { enterOwner, publish } from './traffic.ts'

/** One phase of the benchmark in a process of its own, so that no phase inherits another's heap or compiled code. Prints one JSON line. */
const [phase, dataDir = '', callsText = '0', secondsText = '0'] = process.argv.slice(2)
const calls = Number(callsText)
const seconds = Number(secondsText)
/** Within a hair of the most a call ever holds: the first minute is full, and its trail nearly over. */
const FULLEST_SECOND = 62

const engines = await openEngines({ dataDir })
switch (phase) {
  case 'publish':
    await enterOwner(engines)
    await publish(engines, { calls, fromSecond: 0, toSecond: seconds, end: true, name: 'call' })
    console.log(JSON.stringify({ ok: true }))
    break
  case 'record':
    console.log(JSON.stringify(await measure(() => recordAll(engines, calls))))
    break
  case 'hash-write':
    console.log(JSON.stringify(await measure(() => consumeHashWrite(engines, 60))))
    break
  case 'discard':
    console.log(JSON.stringify(await measure(() => consumeDiscard(engines))))
    break
  case 'memory': {
    await enterOwner(engines)
    const recorder = await recordWith(engines, silentLogger)
    await publish(engines, { calls, fromSecond: 0, toSecond: FULLEST_SECOND, end: false, name: 'live' })
    const [range] = await engines.eventLog.ranges('calls')
    await until(async () => recorder.stats().liveCalls === calls && recorder.stats().lag === 0 && range !== undefined)
    for (let i = 0; i < 5; i++) {
      globalThis.gc?.()
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    console.log(JSON.stringify({ bytes: heapUsed + arrayBuffers, waitingBytes: recorder.stats().waitingBytes }))
    await recorder.stop()
    break
  }
  default:
    throw new Error(`no phase ${String(phase)}`)
}
await engines.close()
