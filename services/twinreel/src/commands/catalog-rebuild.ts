import { InvalidArgumentError, type Command } from 'commander'
import type { JournalHead, JournalVerifier } from '@twinreel/catalog/journal/object'
import type { TrustedKeys } from '@twinreel/service/trusted-keys'
import { checkFailed } from '../command-error.ts'
import { isoTime, orDash } from '../format.ts'
import { trustedKeysOf } from '../keys/signing.ts'
import { facts } from '../output.ts'
import { action, addCommand } from '../program.ts'
import { withLostCatalog } from '../with-lost-catalog.ts'

interface Options {
  dryRun?: boolean
  expect?: JournalHead
}

const NAMED = 20

export function addCatalogRebuild(catalog: Command): void {
  addCommand(
    catalog,
    'rebuild',
    'Restore a catalog that was lost from the bucket alone: its journal, read and verified from the first object to the last, and the manifests. The catalog must be missing or empty; until this has ended nothing is due in it. Broken off, it is begun anew by the next. Exits 1 when the journal is not whole, which leaves the catalog unusable, or when a recording is not as the journal says, which does not.',
    'twinreel catalog rebuild --dry-run',
  )
    .option('--dry-run', 'read and verify everything, change nothing')
    .option('--expect <head>', 'SEQUENCE:SHA256 as the last “journal written” line of the logs has it: the journal must reach at least as far', headOf)
    .action(
      action(async ({ configuration, place, output }, { dryRun = false, expect }: Options) =>
        withLostCatalog(place, { dryRun }, async ({ catalog: empty, store }) => {
          const { rebuildCatalog } = await import('@twinreel/catalog/journal/rebuild')
          const report = await rebuildCatalog(empty, store, { verify: verifierOf(trustedKeysOf(configuration)), expect: expect ?? null })
          const { head, headMs, lastChange, problems, unknown, counts, fromManifests, signedBy, entries } = report
          await output.document(
            {
              dryRun,
              head: `${head.sequence}:${head.sha256}`,
              headAt: isoTime(headMs),
              signedBy,
              entries,
              lastChange: lastChange === null ? null : { at: isoTime(lastChange.atMs), actor: lastChange.actor },
              ...counts,
              fromManifests,
              unknown,
              problems,
            },
            facts([
              ['journal', `${head.sequence} objects, ${entries} entries, the last of ${isoTime(headMs)}`],
              ['head', `${head.sequence}:${head.sha256}`],
              ['signed by', orDash(signedBy)],
              ['last change', lastChange === null ? '–' : `${isoTime(lastChange.atMs)} by ${lastChange.actor}`],
              ['restored', `${counts.organizations} organizations, ${counts.users} users, ${counts.legalHolds} legal holds, ${counts.calls} calls`],
              ['recordings', `${counts.recordings}, of them ${counts.purged} deleted, ${fromManifests} by their manifest alone`],
              ['unknown objects', unknown.length === 0 ? 'none' : `below ${unknown.length} prefixes: of calls that went on, if the log has them`],
              ...problems.slice(0, NAMED).map(({ key, problem }) => ['not as journaled', `${key} ${problem}`] as const),
            ]),
          )
          if (problems.length > 0)
            throw checkFailed(
              `${problems.length} recordings are not as the journal says, first ${problems[0]?.key}: ${problems[0]?.problem}`,
              dryRun ? null : 'the catalog is rebuilt all the same, and they are kept; was the end of the journal cut off, they may be deleted ones',
            )
          return 0
        }),
      ),
    )
}

function verifierOf(keys: TrustedKeys): JournalVerifier {
  return ({ keyId, bytes, value }) => VERDICTS[keys.check({ signedBytes: bytes, signature: { keyId, value } })]
}

const VERDICTS = { genuine: 'valid', forged: 'invalid', 'unknown-key': 'unknown-key' } as const

function headOf(text: string): JournalHead {
  const [, sequence, sha256] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? []
  if (sequence === undefined || sha256 === undefined) throw new InvalidArgumentError('it is SEQUENCE:SHA256, 64 hexadecimal digits.')
  return { sequence: Number(sequence), sha256 }
}
