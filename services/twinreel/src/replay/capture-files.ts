import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileProblem } from '@twinreel/service/input-file'
import { usageError } from '../command-error.ts'

/** The captures that were named, those of a directory by their names. Throws a usage error for what is not there, and for a directory without any. */
export async function captureFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = []
  for (const path of paths) {
    const present = await stat(path).catch((error: unknown) => {
      throw usageError(
        `${path}: ${fileProblem(error)}; expected is a captured call, or a directory of them`,
        '`twinreel log capture --call ID` writes a capture',
      )
    })
    if (!present.isDirectory()) {
      files.push(path)
      continue
    }
    const found = (await readdir(path)).filter((name) => /\.ndjson(?:\.gz)?$/.test(name)).toSorted()
    if (found.length === 0) throw usageError(`${path}: the directory has no capture (*.ndjson, *.ndjson.gz)`)
    files.push(...found.map((name) => join(path, name)))
  }
  return files
}
