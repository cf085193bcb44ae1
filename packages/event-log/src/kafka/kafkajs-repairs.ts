// What kafkajs 2.2.4, its last release, does wrong, put right in its own objects.
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { LogError } from '../port.ts'

interface RequestQueue {
  pending: readonly unknown[]
  throttleCheckTimeoutId: NodeJS.Timeout | null
  checkPendingRequests(): void
}

interface Codec {
  compress(encoder: unknown): Promise<Buffer>
  decompress(packed: Buffer): Promise<Buffer>
}

interface Connection {
  connect(): Promise<unknown>
}

/** The codec's number in the protocol. */
const GZIP = 1
const require = createRequire(import.meta.url)
const RequestQueueClass = require('kafkajs/src/network/requestQueue') as { prototype: { scheduleCheckPendingRequests(this: RequestQueue): void } }
const { CompressionCodecs } = require('kafkajs') as { CompressionCodecs: Record<typeof GZIP, () => Codec> }
const ConnectionClass = require('kafkajs/src/network/connection') as { prototype: { connect(this: Connection): Promise<unknown> } }

/** While the broker asks to be left alone, or enough is under way. */
const LOOK_AGAIN_MS = 10
const UNPACKED_BYTES = 64 * 1024 * 1024
const gunzipped = promisify(gunzip)

/** To be called before anything of kafkajs is used; doing it once is enough. */
export function repairKafkajs(): void {
  // It looks at an empty queue every millisecond for as long as a connection lives, with a negative
  // timeout that newer Nodes warn of. There is something to look at later only while requests wait.
  RequestQueueClass.prototype.scheduleCheckPendingRequests = function scheduleCheckPendingRequests() {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null
      this.checkPendingRequests()
    }, LOOK_AGAIN_MS)
  }

  // Two requests on a connection that is down would each open a socket and lose one of them.
  const connecting = new WeakMap<Connection, Promise<unknown>>()
  const connectOnce = ConnectionClass.prototype.connect
  ConnectionClass.prototype.connect = function connect() {
    const underWay = connecting.get(this) ?? connectOnce.call(this).finally(() => connecting.delete(this))
    connecting.set(this, underWay)
    return underWay
  }

  // The topics' configuration lets the broker unpack everything. Where it was changed, what comes packed must not fill the memory.
  const ownGzip = CompressionCodecs[GZIP]
  CompressionCodecs[GZIP] = () => ({
    compress: (encoder) => ownGzip().compress(encoder),
    decompress: (packed) =>
      gunzipped(packed, { maxOutputLength: UNPACKED_BYTES }).catch((error: unknown) => {
        throw new LogError(
          `a batch cannot be unpacked, or to no more than ${UNPACKED_BYTES} bytes; run \`twinreel topics apply\`, the broker then refuses the like`,
          {
            retriable: false,
            cause: error,
          },
        )
      }),
  })
}
