import { extname } from 'node:path'
import type { Command } from 'commander'
import type { Catalog } from '@twinreel/catalog/open'
import { usageError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'
import { counted } from '../format.ts'
import { checkKnown } from '../known-subject.ts'
import { dateOrTime, oneOf, wholeNumber } from '../option-values.ts'
import { action, addCommand } from '../program.ts'
import type { Output } from '../output.ts'
import type { Place } from '../place.ts'
import { withCatalog } from '../with-engines.ts'
import type { MapSource } from '../call-records/column-map-file.ts'
import type { HourCount, PageFacts } from '../call-records/page.ts'
import type { Scratch } from '../call-records/scratch.ts'

interface Options {
  cdr: string
  columns?: string
  preset?: 'webex'
  format?: 'csv' | 'jsonl'
  from?: number
  to?: number
  org?: string
  clockToleranceMs: number
  minGapMs: number
  html?: string
  all?: boolean
}

export function addLedgerReconcile(ledger: Command): void {
  addCommand(
    ledger,
    'reconcile',
    'Compare the platform’s own call detail records with the ledger: what was recorded, partly, not, in error, without a record, and intentionally not. Names each missing interval and the event the platform forgot. Exits 1 on any gap. docs/reconcile-cdr.md',
    'twinreel ledger reconcile --cdr calls.csv --preset webex --html day.html',
  )
    .requiredOption('--cdr <file>', 'the call detail records: CSV with a line of column names, or JSON lines')
    .option('--columns <file>', 'which column means what: a YAML or JSON file')
    .addOption(oneOf('--preset <preset>', 'the columns of a known platform: webex is its Detailed Call History', ['webex']))
    .addOption(oneOf('--format <format>', 'of the file (default: by its name, .jsonl and .ndjson are JSON lines)', ['csv', 'jsonl']))
    .option('--from <time>', 'calls answered from then on (default: the first of the file)', dateOrTime)
    .option('--to <time>', 'calls answered before (default: the last release of the file)', dateOrTime)
    .option('--org <id>', 'of this organization alone')
    .option('--clock-tolerance-ms <ms>', 'how far the clocks of records and events may be apart', wholeNumber(0), 2_000)
    .option('--min-gap-ms <ms>', 'shorter gaps are none', wholeNumber(0), 1)
    .option('--html <file>', 'write the page there too: one file, without scripts')
    .option('--all', 'list every call, not only those to look at')
    .action(action(({ place, output }, options: Options) => withCatalog(place, (catalog) => run(catalog, place, output, options))))
}

async function run(catalog: Catalog, place: Place, output: Output, options: Options): Promise<number> {
  const { from: fromMs, to: toMs, org: orgId, clockToleranceMs: toleranceMs, minGapMs } = options
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) throw usageError('--to must be later than --from')
  await checkKnown(catalog, place, { org: orgId })
  const [{ openScratch }, { loadRecords, reconcileRecords }, { readRecords }, { doubtsOf }] = await Promise.all([
    import('../call-records/scratch.ts'),
    import('../call-records/reconcile-records.ts'),
    import('../call-records/read-records.ts'),
    import('../call-records/doubts.ts'),
  ])
  const reader = await readRecords(options.cdr, { source: sourceOf(options), format: options.format ?? formatOf(options.cdr) })
  const scratch = openScratch()
  const progress = output.progress()
  try {
    const loaded = await loadRecords(scratch, reader.records, { fromMs, toMs, onProgress: (done) => progress.update(`${counted(done, 'record')} read`) })
    // Without a record and without a time nothing would be compared, and that would read as a day without a gap.
    if (loaded.records === 0 && (fromMs === undefined || toMs === undefined))
      throw usageError(
        `${options.cdr} has no record${loaded.outside > 0 ? ' of that time' : ''}: there is nothing to compare`,
        'look whether the export worked; --from and --to together say which calls of the ledger it should have had',
      )
    const reconciled = await reconcileRecords(catalog, scratch, loaded.records, {
      fromMs,
      toMs,
      orgId,
      toleranceMs,
      minGapMs,
      hasUsers: reader.columns.user !== undefined,
      onProgress: (done) => progress.update(`${done} of ${counted(loaded.records, 'record')} compared`),
    })
    progress.end()
    const { repeated, outside } = loaded
    if (loaded.records === 0 && outside > 0 && !Object.values(reconciled.counts).some((count) => count > 0))
      throw usageError(
        `none of the ${counted(outside, 'record')} of ${options.cdr} lies in that time, and the ledger has no call of it either: there is nothing to compare`,
        'look whether --from and --to are of the same time as the file',
      )
    const facts = { ...reconciled, file: options.cdr, toleranceMs, repeated, outside, doubts: doubtsOf(reconciled, loaded, reader.columns) }
    const hours = scratch.counts()
    if (options.html !== undefined) {
      const { writeHtmlPage } = await import('../call-records/html-page.ts')
      await writeHtmlPage(options.html, facts, hours, scratch.findings('listed'))
    }
    await print(output, facts, hours, scratch, options.all === true ? 'all' : 'listed')
    return isWithoutGap(facts) && facts.doubts.length === 0 ? EXIT.done : EXIT.checkFailed
  } finally {
    scratch.close()
  }
}

function sourceOf({ columns, preset }: Options): MapSource {
  if ((columns === undefined) === (preset === undefined))
    throw usageError('say either --columns FILE or --preset webex', 'docs/reconcile-cdr.md says what a column map may say')
  return columns === undefined ? { kind: 'preset', name: 'webex' } : { kind: 'file', path: columns }
}

function formatOf(path: string): 'csv' | 'jsonl' {
  return ['.jsonl', '.ndjson'].includes(extname(path.replace(/\.gz$/i, '')).toLowerCase()) ? 'jsonl' : 'csv'
}

function isWithoutGap({ counts }: PageFacts): boolean {
  const { recorded: _, 'intentionally-not-recorded': __, ...wrong } = counts
  return Object.values(wrong).every((count) => count === 0)
}

function verdict(facts: PageFacts): string {
  if (!isWithoutGap(facts)) return 'there are gaps'
  if (Object.values(facts.counts).every((count) => count === 0)) return 'no gap: neither the file nor the ledger has a call of that time'
  if (facts.doubts.length > 0) return 'nothing can be said: the file was probably read wrongly, see above'
  return `no gap${facts.forgotten > 0 ? `; ${counted(facts.forgotten, 'call')} with an event forgotten` : ''}`
}

async function print(output: Output, facts: PageFacts, hours: readonly HourCount[], scratch: Scratch, of: 'listed' | 'all'): Promise<void> {
  const { findingDocument, findingText, headDocument, headText } = await import('../call-records/page.ts')
  if (!output.isJson) {
    await output.line(headText(facts, hours))
    for (const finding of scratch.findings(of)) await output.line(findingText(finding))
    output.note(verdict(facts))
    return
  }
  // One document, written as it comes: it may be long.
  const encoder = new TextEncoder()
  const text = JSON.stringify(headDocument(facts, hours), null, 2)
  await output.bytes(encoder.encode(`${text.slice(0, -'\n}'.length)},\n  "findings": [`))
  let count = 0
  for (const finding of scratch.findings(of))
    await output.bytes(encoder.encode(`${count++ === 0 ? '\n' : ',\n'}    ${JSON.stringify(findingDocument(finding))}`))
  await output.bytes(encoder.encode(count === 0 ? ']\n}\n' : '\n  ]\n}\n'))
}
