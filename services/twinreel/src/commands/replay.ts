import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { usageError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { addCommand, plainAction } from '../program.ts'
import type { CallDocument } from '../replay/call-document.ts'

interface Options {
  against?: string
  update?: boolean
  decisions?: boolean
}

export function addReplay(program: Command): void {
  addCommand(
    program,
    'replay <paths...>',
    'Folds captured calls again with this version and compares every decision, manifest and byte with what was recorded then. A difference is told by the first event at which they part. Exits 1 when there is one. A directory stands for the captures in it.',
    'twinreel replay test/replays',
  )
    .option('--against <revision>', 'compare with what another version decides of the same calls: a branch, tag or commit of the clone this runs in')
    .option('--update', 'where they part, write the file again with what this version decides: the change is meant')
    .addOption(new Option('--decisions', 'JSON lines for another version to compare with').hideHelp())
    .action(
      plainAction(async ({ output }, { against, update = false, decisions = false }: Options, paths) => {
        const { captureFiles } = await import('../replay/capture-files.ts')
        const files = await captureFiles(paths)
        if (against !== undefined && update) throw usageError('--against and --update are two things', 'update first, or compare first')
        if (decisions) return answer(output, files)
        const calls = against === undefined ? compareWithThen(output, files, { update }) : compareVersions(output, files, against)
        return await tell(output, calls, { update })
      }),
    )
}

async function answer(output: Output, files: readonly string[]): Promise<number> {
  const { decisionsOf } = await import('../replay/decisions-of.ts')
  for await (const line of decisionsOf(files)) await output.bytes(Buffer.from(line))
  return EXIT.done
}

interface Told {
  document: CallDocument
  /** Its line for people, where it differs. */
  line(): string
}

async function* compareWithThen(output: Output, files: readonly string[], { update }: { update: boolean }): AsyncGenerator<Told> {
  const [{ readCapture }, { replay }, { callDocument, callLine }, { renew }] = await Promise.all([
    import('@twinreel/replay/capture/read'),
    import('@twinreel/replay/compare/replay'),
    import('../replay/call-document.ts'),
    import('../replay/renew.ts'),
  ])
  const progress = output.progress()
  for (const [index, file] of files.entries()) {
    progress.update(`${index} of ${files.length} calls replayed`)
    const capture = await readCapture(file)
    const comparison = await replay(capture)
    const document = callDocument(file, capture.header.callId, comparison)
    if (update && document.first !== null) await renew(file, capture, comparison.decided, { parting: document.first, writtenBy: packageJson.version })
    yield { document, line: () => callLine(document) }
  }
  progress.end()
}

async function* compareVersions(output: Output, files: readonly string[], revision: string): AsyncGenerator<Told> {
  const [{ readCapture }, { compareDecided }, { decide }, { callDocument, versionLine }, { withOtherVersion }] = await Promise.all([
    import('@twinreel/replay/capture/read'),
    import('@twinreel/replay/compare/replay'),
    import('@twinreel/replay/fold/decide'),
    import('../replay/call-document.ts'),
    import('../replay/other-version.ts'),
  ])
  const told: Told[] = []
  const progress = output.progress()
  await withOtherVersion(revision, progress.update, async (other) => {
    let number = 0
    for await (const before of other.decide(files.map((file) => resolve(file)))) {
      const file = files[number] ?? before.file
      number += 1
      progress.update(`${number} of ${files.length} calls compared`)
      const capture = await readCapture(file)
      if ('error' in before) throw usageError(`${revision} can’t replay ${file}: ${before.error}`)
      const comparison = compareDecided(before.decided, await decide(capture), { was: 'before', is: 'now' })
      const [document, call] = [callDocument(file, capture.header.callId, comparison), number]
      told.push({ document, line: () => versionLine(call, document) })
    }
  })
  progress.end()
  yield* told
}

async function tell(output: Output, calls: AsyncIterable<Told>, { update }: { update: boolean }): Promise<number> {
  const documents: CallDocument[] = []
  for await (const { document, line } of calls) {
    documents.push(document)
    if (!document.same) await output.line(line())
  }
  const different = documents.filter(({ same }) => !same).length
  const summary = `${documents.length} call${documents.length === 1 ? '' : 's'} replayed, ${different === 0 ? 'all decided the same' : `${different} decided otherwise`}`
  await output.document(
    { replayed: documents.length, different, updated: update ? different : 0, calls: documents },
    update && different > 0 ? `${summary}; written again` : summary,
  )
  return different === 0 || update ? EXIT.done : EXIT.checkFailed
}
