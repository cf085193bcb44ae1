import { GetBucketVersioningCommand } from '@aws-sdk/client-s3'
import { ask, needing, type S3Connection, unlessAnswer } from './connection.ts'

/** `kept`: the bucket keeps versions, or once did; `unknown`: the store does not know the question, and has none. */
export async function askVersioning(connection: S3Connection, what: string): Promise<'kept' | 'never' | 'unknown'> {
  const command = new GetBucketVersioningCommand({ Bucket: connection.settings.bucket })
  const answer = await ask(connection, what, (client, options) =>
    unlessAnswer([405, 501], needing('s3:GetBucketVersioning', client.send(command, options)), null),
  )
  if (answer === null) return 'unknown'
  return answer.Status === undefined ? 'never' : 'kept'
}
