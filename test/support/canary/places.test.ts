import { mkdirSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { TOPICS } from '@twinreel/contracts/topics'
import { openEngines, type Engines } from '@twinreel/twinreel/engines'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../directories.ts'
import { canaryValue } from './pattern.ts'
import { canariesAt, filesOf, otherTopics } from './places.ts'

const CANARY = Buffer.from(Uint8Array.from({ length: 40 }, (_, i) => canaryValue(7, i)))
const TEXT = JSON.stringify({ audio: CANARY.toString('base64') })

function file(dataDir: string, name: string, bytes: Uint8Array): void {
  mkdirSync(dirname(join(dataDir, name)), { recursive: true })
  writeFileSync(join(dataDir, name), bytes)
}

const plants: [string, string, (engines: Engines) => Promise<unknown>][] = [
  [
    'an object',
    'objects/recordings/a/b/c/00000.wav',
    ({ store }) =>
      store.putIfAbsent({
        key: 'recordings/a/b/c/00000.wav',
        body: CANARY,
        sha256: createHash('sha256').update(CANARY).digest('hex'),
        contentType: 'audio/wav',
      }),
  ],
  ['a temporary file', 'objects/.tmp/x', async ({ dataDir }) => file(dataDir, 'objects/.tmp/x', CANARY)],
  ['the spool', 'spool/x', async ({ dataDir }) => file(dataDir, 'spool/x', CANARY)],
  [
    'a checkpoint',
    'catalog.db',
    ({ catalog }) =>
      catalog.db
        .insertInto('sessions')
        .values({ topic: 'calls', partition: 0, call_id: 'c', log_offset: 1, fold_version: 1, state: TEXT, ended_offset: null })
        .execute(),
  ],
  [
    'what is to be announced',
    'catalog.db',
    ({ catalog }) => catalog.db.insertInto('outbox').values({ topic: TOPICS.recordings, key: 'k', headers: '{}', value: TEXT }).execute(),
  ],
  [
    'a dead letter',
    `topic ${TOPICS.deadLetters}`,
    ({ eventLog }) => eventLog.append([{ topic: TOPICS.deadLetters, key: 'k', headers: {}, value: Buffer.from(TEXT) }]),
  ],
  [
    'a header of a command',
    `topic ${TOPICS.callCommands}`,
    ({ eventLog }) => eventLog.append([{ topic: TOPICS.callCommands, key: 'k', headers: { x: CANARY.toString('hex') }, value: Buffer.from('{}') }]),
  ],
]

test.each(plants)('a canary in %s is found, and where', async (_, where, plant) => {
  const engines = await openEngines({ dataDir: temporaryDirectory() })
  onTestFinished(engines.close)
  const places = async (): Promise<string[]> => canariesAt([...filesOf(engines.dataDir), ...(await otherTopics(engines.eventLog))])
  expect(await places()).toEqual([])
  await plant(engines)
  const found = await places()
  expect(found).not.toEqual([])
  for (const one of found) expect([where, `${where}-wal`]).toContain(one.slice(0, one.indexOf(':')))
})
