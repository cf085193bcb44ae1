import { kafka } from './kafka.ts'
import { postgres } from './postgres.ts'
import { s3proxy } from './s3proxy.ts'
import type { ServerKind, ServerSpec } from './server-spec.ts'
import { versitygw } from './versitygw.ts'

export const SERVER_SPECS: Readonly<Record<ServerKind, ServerSpec>> = { kafka, s3: versitygw, 's3-other': s3proxy, postgres }
