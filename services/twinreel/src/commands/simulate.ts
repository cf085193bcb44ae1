import type { Command } from 'commander'
import { oneOf, probability, time, wholeNumber } from '../option-values.ts'
import { action, addCommand } from '../program.ts'
import type { SimulateRequest } from '../run-simulation.ts'

export function addSimulate(program: Command): void {
  addCommand(
    program,
    'simulate',
    'Be a telephony platform with calls, beside a running `serve`; returns when every call has its ledger outcome. The same options give the same calls. Exits 3 after 30 seconds without a recorder, 2 when the seed was simulated here before.',
    'twinreel simulate --seed 7 --calls 50 --users 12 --speed max --loss 0.01 --truth ./truth',
  )
    .requiredOption('--seed <n>', 'decides everything that happens', wholeNumber(0))
    .option('--calls <n>', 'how many calls', wholeNumber(1), 20)
    .option('--users <n>', 'how many subscribers the organization sim-SEED has', wholeNumber(1), 10)
    .addOption(oneOf('--speed <speed>', 'in real time, or as fast as the recorder answers', ['real', 'max']).default('max'))
    .option('--call-seconds <s>', 'how long each call lasts from its answer', wholeNumber(1), 180)
    .option('--loss <p>', 'probability that a 20 ms packet is lost', probability, 0)
    .option('--duplicate <p>', 'probability that a message comes twice', probability, 0)
    .option('--reorder <p>', 'probability that a media message comes late', probability, 0)
    .option('--lost-end <p>', 'probability that a call’s end is lost', probability, 0)
    .option('--encrypt', 'encrypt the media of every call under a key of its own, which is destroyed once the call is durable')
    .option('--start <time>', 'dates the events (default: now with --speed real, 2025-01-06T09:00:00Z with max)', time)
    .option('--truth <dir>', 'write there what really happened, per call')
    .action(
      action(async ({ place, configuration, output }, options: Omit<SimulateRequest, 'wrapping'> & { encrypt?: true }) => {
        const { runSimulation } = await import('../run-simulation.ts')
        const wrapping = options.encrypt === true ? (await import('../keys/media-wrapping.ts')).wrappingOf(configuration) : null
        return runSimulation(place, output, { ...options, wrapping })
      }),
    )
}
