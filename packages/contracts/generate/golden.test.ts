import { createSecretKey } from 'node:crypto'
import { fromBase64, toBase64 } from '@twinreel/contracts/base64'
import { fromBinary, fromStructured, parseJson, toBinary, toStructured } from '@twinreel/contracts/cloudevents'
import { decodeMedia, type MediaRun } from '@twinreel/contracts/media'
import { decodeCallEvent, decodeCommand, type Decoded, type WireMessage } from '@twinreel/contracts/messages'
import { openSealedMedia } from '@twinreel/contracts/sealed-media'
import { TOPICS } from '@twinreel/contracts/topics'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { GOLDEN, filesOf } from './folders.ts'
import { REGISTERED, shortName } from './registry.ts'
import { SHIPPED_FILE, readShipped, sha256, withNewGoldens } from './shipped.ts'

const golden = z.strictObject({
  topic: z.enum(TOPICS),
  key: z.string(),
  kafka: z.strictObject({ headers: z.record(z.string(), z.string()), value: z.string().optional(), valueBase64: z.string().optional() }),
  structured: z.record(z.string(), z.unknown()),
  /** The call's key, of media that is encrypted. */
  openedWithBase64: z.string().optional(),
  decoded: z.unknown(),
})

const files = filesOf(GOLDEN)
const goldens = [...files].filter(([file]) => file !== SHIPPED_FILE).map(([file, text]) => ({ file, ...golden.parse(JSON.parse(text)) }))
const shipped = readShipped(files)

describe('the golden messages', () => {
  it.each(REGISTERED.map(shortName))('have one for %s', (name) => {
    const own = goldens.filter(({ file }) => file === `${name}.json` || file.startsWith(`${name}.`))
    expect(own.length, `write packages/contracts/golden/${name}.json, a message as a publisher sends it`).toBeGreaterThan(0)
    for (const { structured, topic } of own) {
      expect(structured['type']).toBe(`io.twinreel.${name}`)
      expect(REGISTERED.find((registered) => shortName(registered) === name)?.topic).toBe(topic)
    }
  })

  it.each(Object.keys(shipped))('keep %s as it was shipped', (file) => {
    const text = files.get(file)
    expect(text, `a shipped message disappeared: publishers still send it, so put packages/contracts/golden/${file} back`).toBeDefined()
    expect(sha256(text ?? ''), 'a shipped message never changes: write a new version or a new golden beside it').toBe(shipped[file])
  })

  it('are all registered', () => {
    expect(withNewGoldens(files), 'run `pnpm run docs` to register new goldens').toBe(files.get(SHIPPED_FILE))
  })

  it.each(goldens)('$file means today what it meant when it was shipped', ({ topic, key, kafka, openedWithBase64, decoded }) => {
    expect(meaning(topic, { key, headers: kafka.headers, value: valueOf(kafka) }, openedWithBase64)).toEqual({ ok: true, message: decoded })
  })

  it.each(goldens)('$file is the same message in binary and in structured mode', ({ key, kafka, structured }) => {
    const binary = fromBinary(kafka.headers, valueOf(kafka))
    expect(toStructured(binary)).toEqual(structured)
    expect(toBinary(fromStructured(structured)).headers).toEqual(kafka.headers)
    expect(binary.attributes.subject).toBe(key)
  })
})

function valueOf(kafka: z.output<typeof golden>['kafka']): Uint8Array {
  return kafka.valueBase64 === undefined ? new TextEncoder().encode(kafka.value) : fromBase64(kafka.valueBase64)
}

function asText({ bytes, ...run }: MediaRun): unknown {
  return { ...run, bytesBase64: toBase64(bytes) }
}

/** The data as today's code hands it on. */
function meaning(topic: string, message: WireMessage, keyBase64 = ''): Decoded<unknown> {
  switch (topic) {
    case TOPICS.calls: {
      const decoded = decodeCallEvent(message)
      if (!decoded.ok) return decoded
      if (decoded.message.type !== 'media') return { ok: true, message: decoded.message.data }
      const { callId, id, runs, sealed } = decoded.message
      if (sealed === undefined) return { ok: true, message: { runs: runs.map(asText) } }
      const batch = openSealedMedia(sealed, { callId, id, key: createSecretKey(fromBase64(keyBase64)) })
      return { ok: true, message: { keyId: sealed.keyId, runs: batch === null ? null : decodeMedia(batch).map(asText) } }
    }
    case TOPICS.callCommands: {
      const decoded = decodeCommand(message)
      return decoded.ok ? { ok: true, message: decoded.message.command.data } : decoded
    }
    default: {
      const raw = fromBinary(message.headers, message.value)
      const schema = REGISTERED.find((registered) => `io.twinreel.${shortName(registered)}` === raw.attributes.type)?.schema
      return { ok: true, message: schema?.parse(parseJson(raw.data)) }
    }
  }
}
