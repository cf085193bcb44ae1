import { createConformity, type ConformityReport } from './conform.ts'
import { readTraffic } from './read-file.ts'

/** The verdict on a file's messages. Throws `TrafficFileError`. */
export async function conformityOfFile(path: string): Promise<ConformityReport> {
  const conformity = createConformity({ partitions: null })
  for await (const { message, of } of readTraffic(path)) conformity.take(message, of)
  return conformity.report()
}
