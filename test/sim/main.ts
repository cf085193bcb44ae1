import { explore } from './explore/explore.ts'
import { HELP, readCommand, type SimCommand } from './explore/options.ts'
import { runTwice } from './explore/run-twice.ts'
import { addResult, emptySummary, isSound, tableOf } from './explore/summary.ts'
import { runPlanted } from './planted/run.ts'
import { runSeed } from './world/run-seed.ts'

process.exitCode = await main()

/** 0: all holds; 1: something does not; 2: wrong usage. */
async function main(): Promise<number> {
  let command: SimCommand
  try {
    command = readCommand(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 2
  }
  switch (command.kind) {
    case 'help':
      console.log(HELP)
      return 0
    case 'planted':
      return runPlanted(command.name, console.log)
    case 'replay':
      return replay(command)
    case 'explore':
      return search(command)
  }
}

async function replay({ seed, trace, json }: Extract<SimCommand, { kind: 'replay' }>): Promise<number> {
  if (trace) await runSeed(seed, { onTrace: (line) => console.log(line) })
  const result = await runTwice(seed)
  if (json) console.log(JSON.stringify(result, null, 2))
  else {
    const { calls, recordings, segments, capturedMs, purged, lives } = result.totals
    console.log(
      `seed ${seed}: ${calls} calls, ${recordings} recordings in ${segments} segments, ${Math.round(capturedMs / 1_000)} s kept, ${purged} purged, ${lives} lives of recorders`,
    )
    console.log(
      `faults: ${
        Object.entries(result.fired)
          .map(([kind, times]) => `${kind} ${times}`)
          .join(', ') || 'none'
      }`,
    )
    console.log(`trace ${result.traceHash}, both times`)
    for (const { check, message } of result.violations) console.log(`VIOLATION ${check}: ${message}`)
  }
  return result.violations.length === 0 ? 0 : 1
}

async function search({ from, seeds, forMs, jobs, json }: Extract<SimCommand, { kind: 'explore' }>): Promise<number> {
  const summary = emptySummary()
  const beganMs = performance.now()
  await explore({
    from,
    seeds,
    forMs,
    jobs,
    onResult(result) {
      addResult(summary, result)
      summary.seconds = Math.round((performance.now() - beganMs) / 100) / 10
      for (const { check, message } of result.violations) console.error(`npx -y pnpm@12 sim --seed ${result.seed}  # ${check}: ${message.split('\n')[0]}`)
      if (summary.seeds % 100 === 0) console.error(`${summary.seeds} seeds in ${summary.seconds} s, ${summary.violations.length} violations`)
    },
  })
  if (json) console.log(JSON.stringify(summary, null, 2))
  else {
    const { calls, recordings, segments, purged } = summary.totals
    console.log(tableOf(summary))
    console.log(
      `\n${summary.seeds} seeds, each twice, in ${summary.seconds} s: ${calls} calls, ${recordings} recordings, ${segments} segments, ${purged} purged`,
    )
    if (summary.neverFired.length > 0) console.log(`never fired: ${summary.neverFired.join(', ')}`)
    console.log(`${summary.violations.length} violations`)
  }
  return isSound(summary) ? 0 : 1
}
