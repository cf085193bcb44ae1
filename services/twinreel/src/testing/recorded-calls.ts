import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { documentOf, startServe } from './run-command.ts'

export interface Listed {
  recordingId: string
  callId: string
  ownerId: string
  orgId: string
  status: string
  capturedMs: number
  segments: number
  sizeBytes: number
}

/** Simulates calls of more than two minutes in an empty directory, with nothing left running; answers the recordings that can be listed. */
export async function recordCalls(dataDir: string, options: { seed: number; calls: number }): Promise<Listed[]> {
  const serve = await startServe(dataDir)
  try {
    await documentOf(
      0,
      'simulate',
      '--seed',
      String(options.seed),
      '--calls',
      String(options.calls),
      '--users',
      '6',
      '--call-seconds',
      '130',
      '--data',
      dataDir,
    )
  } finally {
    await documentOf(0, 'stop', '--data', dataDir)
    await serve.ended
  }
  return (await documentOf(0, 'recordings', 'list', '--data', dataDir)) as Listed[]
}

/** A copy of a data directory that nobody uses. */
export function copied(dataDir: string, name: string): string {
  const copy = `${dataDir}-${name}`
  cpSync(dataDir, copy, { recursive: true })
  return copy
}

/** Where an object lies in a data directory. */
export function objectPath(dataDir: string, { orgId, ownerId, recordingId }: Listed, file: string): string {
  return join(dataDir, 'objects/recordings', orgId, ownerId, recordingId, file)
}

/** Changes rows behind the program's back. */
export function tamper(dataDir: string, statement: string, ...values: string[]): void {
  const database = new DatabaseSync(join(dataDir, 'catalog.db'))
  database.prepare(statement).run(...values)
  database.close()
}
