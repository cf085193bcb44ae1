import type { Catalog } from '@twinreel/catalog/open'
import type { ObjectStore } from '@twinreel/object-store/port'
import { checkRecordings } from '@twinreel/oracle/check-recordings'
import type { OracleRules } from '@twinreel/oracle/expected-recordings'
import type { Files } from '@twinreel/oracle/files'
import { told } from '@twinreel/oracle/finding'
import type { Servers } from '@twinreel/twinreel/place'
import { openObjectVersions } from './object-versions.ts'
import type { RecorderProcess } from './recorder-process.ts'
import type { Reign } from './write-audit.ts'

/** What the oracle finds in bucket and catalog against the truth: nothing, when every recording is there, once, and to the sample what was spoken. */
export async function recordingFaults(
  { store, catalog }: { store: ObjectStore; catalog: Catalog },
  truthDir: string,
  rules: Partial<OracleRules> = {},
): Promise<string[]> {
  const recordings = await catalog.db
    .selectFrom('recordings')
    .select(['recording_id as recordingId', 'call_id as callId', 'owner_id as ownerId', 'ordinal', 'status'])
    .execute()
  const unfinished = recordings.filter(({ status }) => status !== 'completed' && status !== 'not-kept' && status !== 'empty')
  const found = await checkRecordings({ truthDir, objects: filesIn(store), recordings, rules })
  return [
    ...repeated(recordings.map(({ callId, ownerId, ordinal }) => `recording ${ordinal} of ${ownerId} in ${callId}`)).map((what) => `${what} is there twice`),
    ...unfinished.map(({ recordingId, status }) => `recording ${recordingId} is ${status}`),
    ...found.map(told),
  ]
}

/** Keys of which the bucket has more than one version, or a mark of deletion: somebody wrote what was there already. */
export async function rewrittenKeys({ s3 }: Servers): Promise<string[]> {
  const versions = openObjectVersions(s3)
  try {
    return repeated(await versions.below('recordings/'))
  } finally {
    versions.close()
  }
}

/** Objects that the store took from a recorder at a moment when the partition of their call was not his. */
export async function strayPuts(catalog: Catalog, recorders: readonly RecorderProcess[], reigns: readonly Reign[]): Promise<string[]> {
  const rows = await catalog.db
    .selectFrom('recordings as r')
    .innerJoin('calls as c', 'c.call_id', 'r.call_id')
    .select(['r.recording_id', 'c.log_partition'])
    .execute()
  const partitionOf = new Map(rows.map((row) => [row.recording_id, row.log_partition]))
  return recorders.flatMap(({ name, puts }) =>
    puts
      .filter(({ status }) => status === 200)
      .filter(({ key, arrivedMs, answeredMs }) => {
        const partition = partitionOf.get(key.split('/')[3] ?? '')
        return !reigns.some((reign) => reign.writer === name && reign.partition === partition && reign.fromMs <= arrivedMs && answeredMs <= reign.toMs)
      })
      .map(({ key, arrivedMs }) => `${name} wrote ${key} at ${new Date(arrivedMs).toISOString()}`),
  )
}

function filesIn(store: ObjectStore): Files {
  return {
    async list() {
      const keys: string[] = []
      for (let after: string | null = ''; after !== null;) {
        const page: Awaited<ReturnType<typeof store.list>> = await store.list({ prefix: 'recordings/', ...(after === '' ? {} : { after }) })
        keys.push(...page.objects.map(({ key }) => key))
        after = page.next
      }
      return keys
    },
    read: (key) => store.get(key),
  }
}

export function repeated(names: readonly string[]): string[] {
  return [...Map.groupBy(names, (name) => name)].flatMap(([name, all]) => (all.length > 1 ? [name] : []))
}
