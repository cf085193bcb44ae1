import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { TOPICS } from '@twinreel/contracts/topics'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { asyncApi } from './asyncapi.ts'
import { documents } from './documents.ts'
import { DOCS, GOLDEN, filesOf } from './folders.ts'
import { REGISTERED, shortName } from './registry.ts'
import { SHIPPED_FILE } from './shipped.ts'

const files = filesOf(DOCS)
const options = { strict: true, strictRequired: false, formats: { 'date-time': true } } as const
const schemas = new Map(
  [...files].filter(([file]) => file.startsWith('schemas/')).map(([file, text]) => [file.slice('schemas/'.length, -'.json'.length), JSON.parse(text)]),
)

it('docs/asyncapi is what the contracts say today', () => {
  const now = documents()
  const stale = [...new Set([...now.keys(), ...files.keys()])].filter((file) => now.get(file) !== files.get(file))
  expect(stale, 'these differ from the code: run `pnpm run docs` and commit what it writes').toEqual([])
})

describe('the JSON Schemas', () => {
  const ajv = new Ajv2020(options)
  const goldens = [...filesOf(GOLDEN)].filter(([file]) => file !== SHIPPED_FILE && !file.startsWith('media.'))

  it.each(goldens)('take the golden message %s', (_, text) => {
    const { structured } = JSON.parse(text)
    const validate = ajv.compile(schemas.get(structured.type.slice('io.twinreel.'.length)) ?? false)
    expect(validate(structured.data), JSON.stringify(validate.errors)).toBe(true)
  })

  it.each([
    ['call.held.v1', {}],
    ['call.held.v1', { participantId: 7 }],
    ['control.pause.v1', { via: 'app' }],
    ['prompt.finished.v1', { promptId: 'p', outcome: 'played' }],
    ['recording.purged.v1', { recordingId: '../x' }],
  ])('refuse what the code refuses: %s %o', (name, data) => {
    expect(ajv.validate(schemas.get(name), data)).toBe(false)
    expect(REGISTERED.find((registered) => shortName(registered) === name)?.schema?.safeParse(data).success).toBe(false)
  })

  it.each([...schemas.keys()])('%s uses no word that draft 7 lacks, because AsyncAPI reads plain schemas as draft 7', (name) => {
    const { $schema: _, ...schema } = schemas.get(name)
    expect(() => new Ajv(options).compile(schema)).not.toThrow()
  })
})

describe('the AsyncAPI document', () => {
  const document = parse(files.get('asyncapi.yaml') ?? '')

  it('has every topic as a channel with exactly its messages, and one operation for each', () => {
    expect(document.asyncapi).toBe('3.0.0')
    for (const [id, topic] of Object.entries(TOPICS)) {
      const names = REGISTERED.filter((registered) => registered.topic === topic).map(shortName)
      expect(document.channels[id].address).toBe(topic)
      expect(Object.keys(document.channels[id].messages)).toEqual(names)
      const operation = document.operations[`${id === 'calls' ? 'receive' : 'send'}-${topic}`]
      expect(operation.messages.map(({ $ref }: { $ref: string }) => $ref)).toEqual(names.map((name) => `#/channels/${id}/messages/${name}`))
    }
    expect(Object.keys(document.operations)).toHaveLength(4)
  })

  it('gives every message a summary, its CloudEvents headers, a payload and the meaning of its key', () => {
    for (const registered of REGISTERED) {
      const message = document.components.messages[shortName(registered)]
      expect(message.summary, shortName(registered)).not.toBe('')
      expect(message.headers.allOf[1].properties.ce_type.const).toBe(`io.twinreel.${shortName(registered)}`)
      expect(message.payload).toBeTypeOf('object')
      expect(message.bindings.kafka.key.description).not.toBe('')
    }
  })

  it('describes the headers that goldens have', () => {
    const ajv = new Ajv2020(options)
    for (const [file, text] of filesOf(GOLDEN)) {
      if (file === SHIPPED_FILE) continue
      expect(ajv.validate(document.components.schemas.cloudEventHeaders, JSON.parse(text).kafka.headers), file).toBe(true)
    }
  })

  it('has no reference that points nowhere', () => {
    const references = [...findReferences(asyncApi())]
    expect(references.length).toBeGreaterThan(REGISTERED.length * 3)
    expect(references.filter((reference) => !resolves(reference))).toEqual([])
    expect(resolves('#/components/messages/nothing.v1')).toBe(false)
    expect(resolves('./schemas/nothing.v1.json')).toBe(false)
  })

  function resolves(reference: string): boolean {
    if (reference.startsWith('./')) return files.has(reference.slice(2))
    return (
      reference
        .slice(2)
        .split('/')
        .reduce((value: unknown, part) => (value as Record<string, unknown> | undefined)?.[part], document) !== undefined
    )
  }
})

function* findReferences(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    if (key === '$ref') yield String(inner)
    else yield* findReferences(inner)
  }
}
