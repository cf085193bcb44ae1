import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CloudEventError,
  JSON_CONTENT_TYPE,
  STRUCTURED_CONTENT_TYPE,
  fromBatch,
  fromBinary,
  fromStructured,
  parseJson,
  toBinary,
  toStructured,
  type RawEvent,
} from './cloudevents.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const event: RawEvent = {
  attributes: {
    id: '7',
    source: '/pbx/1',
    type: 'io.twinreel.call.held.v1',
    time: '2026-03-01T09:00:00.250Z',
    subject: 'call-1',
    contentType: JSON_CONTENT_TYPE,
    extensions: { awaits: 'true', traceparent: '00-1-2-01' },
  },
  data: bytes('{"participantId":"a"}'),
}
const structuredHeaders = { 'content-type': `${STRUCTURED_CONTENT_TYPE}; charset=utf-8` }

const attribute = fc.string({ minLength: 1, maxLength: 40 })
const json: fc.Arbitrary<RawEvent> = fc.record({
  attributes: fc.record({
    id: attribute,
    source: attribute,
    type: attribute,
    subject: fc.option(attribute),
    time: fc.option(
      fc.date({ noInvalidDate: true, min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z') }).map((date) => date.toISOString()),
    ),
    contentType: fc.constant(JSON_CONTENT_TYPE),
    extensions: fc.dictionary(fc.stringMatching(/^ext[a-z0-9]{1,17}$/), fc.string({ maxLength: 20 }), { noNullPrototype: true }),
  }),
  data: fc.jsonValue({ maxDepth: 5 }).map((value) => bytes(JSON.stringify(JSON.parse(JSON.stringify(value))))),
})
const binary = fc
  .tuple(json, fc.uint8Array({ maxLength: 300 }))
  .map(([{ attributes }, data]): RawEvent => ({ attributes: { ...attributes, contentType: 'application/octet-stream' }, data }))

describe('CloudEvents', () => {
  it('come back from binary mode as they went in', () => {
    fc.assert(
      fc.property(fc.oneof(json, binary), (any) => {
        const { headers, value } = toBinary(any)
        expect(fromBinary(headers, value)).toEqual(any)
      }),
    )
  })

  it('come back from structured mode as they went in, JSON as data and bytes as data_base64', () => {
    fc.assert(
      fc.property(fc.oneof(json, binary), (any) => {
        expect(fromStructured(JSON.parse(JSON.stringify(toStructured(any))))).toEqual(any)
      }),
    )
    expect(toStructured(event)).toMatchObject({ specversion: '1.0', data: { participantId: 'a' }, awaits: 'true' })
    expect(toStructured({ ...event, attributes: { ...event.attributes, contentType: 'image/png' }, data: Uint8Array.of(0, 255) })).toMatchObject({
      data_base64: 'AP8=',
    })
  })

  it('come back from a batch, and a bad one in it is named by its place', () => {
    expect(fromBatch([toStructured(event), toStructured(event)])).toEqual([event, event])
    expect(() => fromBatch([toStructured(event), {}])).toThrow(/^event 1 of the batch: /)
    expect(() => fromBatch({})).toThrow(CloudEventError)
  })

  it('are read from Kafka in structured mode when the content type says so, whatever its case', () => {
    const value = bytes(JSON.stringify(toStructured(event)))
    expect(fromBinary(structuredHeaders, value)).toEqual(event)
    expect(fromBinary({ 'content-type': 'Application/CloudEvents+JSON' }, value)).toEqual(event)
  })

  it('are JSON also when the content type has parameters', () => {
    expect(toStructured({ ...event, attributes: { ...event.attributes, contentType: 'application/json; charset=utf-8' } })).toHaveProperty('data')
  })

  it('may write an unset attribute as null, and leave data out', () => {
    const read = fromStructured({ specversion: '1.0', id: '1', source: 's', type: 't', time: null, subject: null, datacontenttype: null })
    expect(read.attributes).toMatchObject({ time: null, subject: null, contentType: JSON_CONTENT_TYPE })
    expect(new TextDecoder().decode(read.data)).toBe('null')
  })

  it.each<[string, Record<string, string>, RegExp]>([
    ['no specversion', { ce_id: '1', ce_source: 's', ce_type: 't' }, /ce_specversion/],
    ['another specversion', { ce_specversion: '0.3', ce_id: '1', ce_source: 's', ce_type: 't' }, /0\.3/],
    ['no id', { ce_specversion: '1.0', ce_source: 's', ce_type: 't' }, /id is missing/],
    ['an empty source', { ce_specversion: '1.0', ce_id: '1', ce_source: '', ce_type: 't' }, /source is missing/],
    ['an endless type', { ce_specversion: '1.0', ce_id: '1', ce_source: 's', ce_type: 't'.repeat(257) }, /longer than 256/],
    ['a time of another format', { ce_specversion: '1.0', ce_id: '1', ce_source: 's', ce_type: 't', ce_time: '1 March 2026' }, /RFC 3339/],
    ['a day that does not exist', { ce_specversion: '1.0', ce_id: '1', ce_source: 's', ce_type: 't', ce_time: '2026-02-30T00:00:00Z' }, /RFC 3339/],
  ])('are refused in binary mode with %s', (_, headers, text) => {
    expect(() => fromBinary(headers, new Uint8Array())).toThrow(text)
    expect(() => fromBinary(headers, new Uint8Array())).toThrow(CloudEventError)
  })

  it.each<[string, unknown, RegExp]>([
    ['that are no object', 'text', /not a CloudEvent/],
    ['whose base64 is none', { ...toStructured(event), data: undefined, data_base64: '***' }, /data_base64/],
    ['with data twice', { ...toStructured(event), data_base64: 'AP8=' }, /both data and data_base64/],
    ['with data nested beyond reason', { ...toStructured(event), data: nested(10_000) }, /deeper than 64/],
  ])('are refused in structured mode %s', (_, document, text) => {
    expect(() => fromStructured(document)).toThrow(text)
    expect(() => fromStructured(document)).toThrow(CloudEventError)
  })
})

describe('parseJson', () => {
  it.each([
    ['not UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['not JSON', bytes('{')],
    ['deeper than 64', bytes('['.repeat(500_000) + ']'.repeat(500_000))],
  ])('says %s', (text, value) => {
    expect(() => parseJson(value)).toThrow(expect.objectContaining({ reason: 'not-json', message: expect.stringContaining(text) }))
  })
})

function nested(levels: number): unknown {
  let value: unknown = 0
  for (let i = 0; i < levels; i++) value = [value]
  return value
}
