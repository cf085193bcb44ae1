import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { toLogError } from './failure.ts'
import { type LogFile, whenFree } from './file.ts'
import { prepareSchema } from './schema.ts'

/** Creates the file for its owner alone: it holds what people said. Its WAL inherits the mode. */
function createPrivately(path: string): void {
  try {
    // Only ever a new file: closing a second descriptor of an open database would drop the locks this process has on it.
    closeSync(openSync(path, 'ax', 0o600))
  } catch {
    // It is there already, or SQLite is about to say what is wrong with the path.
  }
}

export async function openFile(path: string, busyTimeoutMs: number): Promise<LogFile> {
  if (path !== ':memory:') createPrivately(path)
  let db: DatabaseSync
  try {
    db = new DatabaseSync(path)
  } catch (error) {
    throw toLogError(path, error)
  }
  const file = { path, db, busyTimeoutMs }
  try {
    await whenFree(file, () => {
      prepareSchema(db, path)
    })
  } catch (error) {
    db.close()
    throw error
  }
  return file
}
