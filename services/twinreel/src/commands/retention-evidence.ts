import type { Command } from 'commander'
import { existsSync } from 'node:fs'
import { checkFailed, usageError } from '../command-error.ts'
import { isoTime } from '../format.ts'
import { retentionSignerOf, trustedKeysOf } from '../keys/signing.ts'
import { dateOrTime } from '../option-values.ts'
import { facts } from '../output.ts'
import { action, addCommand } from '../program.ts'
import { withObjects } from '../with-engines.ts'

interface Options {
  from: number
  to: number
  out: string
  force?: boolean
}

export function addRetentionEvidence(retention: Command): void {
  addCommand(
    retention,
    'evidence',
    'Write one signed file for an auditor: the rules, every certificate of deletion of a period, and what decided it. It is checked without this program by examples/verify-evidence.mjs. Exits 1 when the certificates don’t hold; the file is written all the same, and says so.',
    'twinreel retention evidence --from 2026-01-01 --to 2026-02-01 --out january.jsonl',
  )
    .requiredOption('--from <date>', 'from this day (UTC) or time on', dateOrTime)
    .requiredOption('--to <date>', 'before this day (UTC) or time', dateOrTime)
    .requiredOption('--out <file>', 'the file to write')
    .option('--force', 'replace a file of that name')
    .action(
      action(async ({ configuration, place, output }, { from: fromMs, to: toMs, out, force = false }: Options) => {
        if (toMs <= fromMs) throw usageError(`--to ${isoTime(toMs)} is not after --from ${isoTime(fromMs)}`)
        if (!force && existsSync(out)) throw usageError(`${out} is there already`, 'name another file, or replace it with --force')
        const signer = retentionSignerOf(configuration)
        const trusted = trustedKeysOf(configuration)
        return withObjects(
          place,
          async ({ catalog, store }) => {
            const [{ writeJournal }, { writeBundle }, { writeWhole }] = await Promise.all([
              import('@twinreel/catalog/journal/write'),
              import('../evidence/write-bundle.ts'),
              import('../export/write-whole.ts'),
            ])
            // What is handed out must not be said otherwise by a catalog that is rebuilt.
            await writeJournal(catalog, store, signer)
            const otherKeys = configuration.signing.trusted ?? []
            let written: Awaited<ReturnType<typeof writeBundle>> | undefined
            await writeWhole(out, async (sink) => {
              written = await writeBundle(catalog, { fromMs, toMs }, { signer, otherKeys, trusted, sink })
            })
            if (written === undefined) throw new Error('a bundle was written and not told of')
            const { counts, sha256, keyId, offences, offenceCount } = written
            await output.document(
              { file: out, from: isoTime(fromMs), to: isoTime(toMs), counts, sha256, keyId, chainHolds: offenceCount === 0, offences },
              facts([
                ['file', out],
                ['period', `${isoTime(fromMs)} to ${isoTime(toMs)}`],
                ['certificates', counts.certificate],
                ['legal holds', counts.hold],
                ['deletion requests', counts.deletion],
                ['tiers that began', counts.tier],
                ['changes of many users', counts['tier-change']],
                ['halts', counts.halt],
                ['the chain', offenceCount === 0 ? 'holds' : `does not hold: ${offenceCount} offences`],
                ['SHA-256', sha256],
                ['signed with key', keyId],
              ]),
            )
            const [first] = offences
            if (first !== undefined)
              throw checkFailed(
                `the certificates that were written do not hold: ${offenceCount} offences, first of recording ${first.recordingId ?? 'unknown'}: ${first.problem}`,
                'look at each with `twinreel retention audit verify`; the bundle says so too',
              )
            return 0
          },
          { puts: true },
        )
      }),
    )
}
