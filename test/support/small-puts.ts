import { createHash, createHmac } from 'node:crypto'
import { Agent, request as ask } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { S3Settings } from '@twinreel/object-store/s3/settings'
import { systemClock } from '@twinreel/service/clock'

const EMPTY_HASH = 'UNSIGNED-PAYLOAD'
const SIGNED = 'host;x-amz-content-sha256;x-amz-date'

/**
 * Puts or deletes small objects by the ten thousand: signed by hand (AWS Signature Version 4, without the body), because the SDK needs several times the time of the
 * server itself. For a store on this machine, over plain HTTP.
 */
export function smallPuts({ endpoint, region, bucket, credentials, maxConnections }: S3Settings): {
  send(method: 'PUT' | 'DELETE', key: string, body?: string): Promise<void>
  close(): void
} {
  if (credentials === null || endpoint === null) throw new Error('small puts need an endpoint and its keys')
  const { host, hostname, port } = new URL(endpoint)
  const { accessKeyId, secretAccessKey } = credentials
  const agent = new Agent({ keepAlive: true, maxSockets: maxConnections })

  function signed(method: string, path: string): Record<string, string> {
    const time = new Date(systemClock.now()).toISOString().replace(/[-:]|\.\d+/g, '')
    const day = time.slice(0, 8)
    const scope = `${day}/${region}/s3/aws4_request`
    const headers = { host, 'x-amz-content-sha256': EMPTY_HASH, 'x-amz-date': time }
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
    const canonical = [method, path, '', lines.join(''), SIGNED, EMPTY_HASH].join('\n')
    const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${secretAccessKey}`, day), region))
    const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n')).toString('hex')
    return { ...headers, authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${SIGNED}, Signature=${signature}` }
  }

  return {
    async send(method, key, body = '') {
      const path = `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`
      const headers = { ...signed(method, path), 'content-length': body.length }
      const [status, text] = await new Promise<[number, string]>((resolve, reject) => {
        const asked = ask({ hostname, port, agent, method, path, headers }, (answer) => {
          buffer(answer).then((bytes) => resolve([answer.statusCode ?? 0, bytes.toString()]), reject)
        })
        asked.on('error', reject).end(body)
      })
      if (status >= 300) throw new Error(`${method} ${key}: ${status} ${text.slice(0, 300)}`)
    },
    close: () => agent.destroy(),
  }
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
