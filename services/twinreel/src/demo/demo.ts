import { join, relative } from 'node:path'
import { systemClock } from '@twinreel/service/clock'
import { makeLogger } from '@twinreel/service/log'
import { enterPeople } from '@twinreel/simulator/people'
import { openEngines, openPlace, type Engines } from '../engines.ts'
import { EXIT } from '../exit-codes.ts'
import { nameOf, type Servers } from '../place.ts'
import { recordWith } from '../record-with.ts'
import { COMPANY } from './calls/company.ts'
import { EVERYDAY } from './calls/everyday.ts'
import { ON_DEMAND } from './calls/on-demand.ts'
import { PAUSES } from './calls/pauses.ts'
import { TROUBLE } from './calls/trouble.ts'
import { VOICEMAIL } from './calls/voicemail.ts'
import { freshDataDirectory } from './data-directory.ts'
import { demoDocument } from './document.ts'
import { monthLater, retentionStory } from './month-later.ts'
import { filesBelow } from '@twinreel/oracle/files'
import { PEOPLE } from './people.ts'
import { exactness, promptFreedom, silenceAboutTheRest, victimOf, type Evidence } from './recorded-checks.ts'
import { demoRows, knownRecordings } from './rows.ts'
import { runScene, type SceneReport } from './run-scene.ts'
import { recordedTable, retentionTable } from './tables.ts'
import { judge, verdictText, type Check, type Verdict } from './verdict.ts'

export interface DemoOptions {
  /** One JSON document instead of the story. */
  json: boolean
  /** Emptied first; `data/demo` by default. */
  dataDir?: string
  /** Servers to play on instead of files: topics, bucket and database are made for the demo, and deleted when it is over. */
  servers?: Servers
  out(text: string): void
  progress(text: string): void
}

const SCENES = [...EVERYDAY, ...PAUSES, ...ON_DEMAND, ...VOICEMAIL, ...COMPANY, ...TROUBLE]
/** The call whose recording is spoiled to try the checks, and a moment in its pause. */
const VICTIM = { callId: 'card-number', pausedAtMs: 14_000 }

/** The whole story on a fresh directory: calls, recordings, a month, retention, and the checks. Answers the exit code. */
export async function runDemo({ json, dataDir: given, servers, out, progress }: DemoOptions): Promise<number> {
  const dataDir = freshDataDirectory(given)
  const say = (text: string): void => (json ? undefined : out(`${text}\n`))
  if (servers === undefined) return playOn(await openEngines({ dataDir }), { isCopy: false, json, out, say, progress })
  // Servers bring clients that the embedded demo should not wait for.
  const { freshServers } = await import('./fresh-servers.ts')
  progress('making topics, a bucket and a database')
  const fresh = await freshServers(servers, dataDir)
  try {
    say(`On ${nameOf(fresh.place)}, topics ${fresh.place.kafka.topicPrefix}…`)
    return await playOn(await openPlace(fresh.place), { isCopy: true, json, out, say, progress })
  } finally {
    await fresh.remove()
  }
}

interface Stage extends Pick<DemoOptions, 'json' | 'out' | 'progress'> {
  /** What servers hold is copied into the data directory before it is checked. */
  isCopy: boolean
  say(text: string): void
}

async function playOn(engines: Engines, stage: Stage): Promise<number> {
  try {
    return await play(engines, stage)
  } finally {
    await engines.close()
  }
}

async function play(engines: Engines, { isCopy, json, out, say, progress }: Stage): Promise<number> {
  const { dataDir, catalog } = engines
  const truthDir = join(dataDir, 'truth')
  say(`${PEOPLE.name}: ${PEOPLE.users.length} users, ${SCENES.length} calls, everything in ${shown(dataDir)}\n`)
  const reports = await playCalls(engines, truthDir, { say, progress })
  const callIds = SCENES.map(({ plan }) => plan.callId)
  const recorded = await demoRows(catalog, callIds)
  say(`\n${recordedTable(recorded)}\n`)

  const look = async (): Promise<void> => {
    if (!isCopy) return
    progress('copying what bucket, database and topics hold')
    const { copyServers } = await import('./copy-servers.ts')
    await copyServers(engines)
  }
  await look()
  const objects = filesBelow(join(dataDir, 'objects'))
  const recordings = await knownRecordings(catalog)
  const victim = await victimOf({ truthDir, objects, recordings }, VICTIM.callId, VICTIM.pausedAtMs)
  const evidence: Evidence = { dataDir, truthDir, objects, recordings, victim }
  const verdicts: Verdict[] = []
  const check = async (one: Check): Promise<void> => {
    progress(`checking that ${one.claim}`)
    const verdict = await judge(one)
    verdicts.push(verdict)
    say(verdictText(verdict))
  }
  say('Checked against what was truly spoken, each check first on spoiled copies:')
  await check(exactness(evidence))
  await check(await promptFreedom(evidence))
  await check(await silenceAboutTheRest(evidence, { claim: 'nothing that was said in a pause, or while nobody recorded, stands anywhere but in the log' }))

  progress('31 days later')
  const later = await monthLater(engines, evidence, recorded)
  await look()
  const afterwards = await demoRows(catalog, callIds)
  say(`\n${retentionStory(later)}\n\n${retentionTable(afterwards)}\n`)
  say('Checked again:')
  for (const one of await later.checks()) await check(one)

  const holds = verdicts.every((verdict) => verdict.holds)
  const example = afterwards.find((row) => row.callId === 'support-line')
  const paths = {
    dataDir: shown(dataDir),
    recordingId: example?.recordingId ?? '',
    wav: shown(join(dataDir, 'objects', `recordings/${PEOPLE.orgId}/ada/${example?.recordingId ?? ''}/00000.wav`)),
  }
  if (json) out(`${JSON.stringify(demoDocument({ holds, paths, reports, recorded, afterwards, verdicts }), null, 2)}\n`)
  say(closingWords(holds, paths, isCopy))
  return holds ? EXIT.done : EXIT.checkFailed
}

async function playCalls(engines: Engines, truthDir: string, { say, progress }: Pick<Stage, 'say' | 'progress'>): Promise<SceneReport[]> {
  await enterPeople(engines.catalog, PEOPLE)
  const recorder = await recordWith(engines, makeLogger({ name: 'demo', level: 'error' }))
  const reports: SceneReport[] = []
  try {
    for (const scene of SCENES) {
      progress(`call ${reports.length + 1} of ${SCENES.length}: ${scene.plan.callId}`)
      const report = await runScene(engines, scene, { truthDir, startMs: systemClock.now() })
      reports.push(report)
      const refused = report.refused.length === 0 ? '' : `; refused: ${report.refused.join(', ')}`
      say(`  ${report.callId.padEnd(17)} ${report.outcomes.join(', ')}${refused}\n${' '.repeat(20)}${report.shows}`)
    }
  } finally {
    await recorder.stop()
  }
  return reports
}

function closingWords(holds: boolean, { dataDir, recordingId, wav }: { dataDir: string; recordingId: string; wav: string }, isCopy: boolean): string {
  const what = isCopy ? 'Copies of the recordings' : 'The recordings'
  return [
    `\n${holds ? 'Everything holds.' : 'NOT everything holds: see above.'} ${what} lie in ${dataDir}/objects, what was truly spoken in ${dataDir}/truth.`,
    `Listen to the first minute of Ada’s support line, Ada left, the caller right:\n  ffplay ${wav}`,
    ...(isCopy
      ? ['Topics, bucket and database of this demo are deleted again.']
      : [`or take the whole of it out as one file:\n  npx -y pnpm@12 -s twinreel --data ${dataDir} recordings export ${recordingId} --out support-line.wav`]),
  ].join('\n')
}

function shown(path: string): string {
  const fromHere = relative('.', path)
  return fromHere === '' || fromHere.startsWith('..') ? path : fromHere
}
