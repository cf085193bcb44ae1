import { z } from 'zod'
import { RECORD_CALL_TYPES } from './call-record.ts'

/** What columns can mean. */
export const FIELDS = [
  'recordId',
  'callId',
  'correlationId',
  'user',
  'start',
  'answer',
  'release',
  'durationSeconds',
  'durationMs',
  'answered',
  'recordingMode',
  'recordingResult',
] as const
export type Field = (typeof FIELDS)[number]

const header = z.string().min(1).max(256)
const columns = z.strictObject(Object.fromEntries(FIELDS.map((field) => [field, header.optional()])) as Record<Field, z.ZodOptional<typeof header>>)

/** Which column of a platform's file means what, and how its values read. */
export const columnMapSchema = z
  .strictObject({
    columns,
    times: z
      .strictObject({
        format: z.enum(['iso', 'epoch-ms', 'epoch-s']).default('iso'),
        /** IANA name, of times that carry no offset of their own. Without it each time must. */
        zone: z.string().min(1).max(64).optional(),
      })
      .default({ format: 'iso' }),
    delimiter: z.string().length(1).default(','),
    /** Cells that say nothing, besides empty ones. */
    emptyValues: z.array(z.string().max(64)).max(16).default([]),
    /** Words of the column `answered` that say yes, every other one says no. Without them: true, yes, 1 and false, no, 0. */
    answeredWhen: z.array(z.string().min(1).max(64)).min(1).max(16).optional(),
    /** Which cells say of what kind a call is; the first that fits counts. */
    callTypes: z
      .array(z.strictObject({ column: header, value: z.string().min(1).max(256), is: z.enum(RECORD_CALL_TYPES) }))
      .max(64)
      .default([]),
  })
  .superRefine(({ columns: named }, context) => {
    const lacks = (path: Field, message: string): void => context.addIssue({ code: 'custom', path: ['columns', path], message })
    if (named.callId === undefined && named.correlationId === undefined && named.user === undefined)
      lacks('callId', 'name a column for callId, correlationId or user: without any no call can be found')
    if (named.answer === undefined && named.release === undefined) lacks('answer', 'name a column for answer or release')
    const hasDuration = named.durationSeconds !== undefined || named.durationMs !== undefined
    if ((named.answer === undefined || named.release === undefined) && !hasDuration)
      lacks(
        named.answer === undefined ? 'answer' : 'release',
        'name a column for both answer and release, or for one of them and durationSeconds or durationMs',
      )
    if (named.durationSeconds !== undefined && named.durationMs !== undefined)
      lacks('durationMs', 'a duration comes from one column: durationSeconds or durationMs')
  })

export type ColumnMap = z.output<typeof columnMapSchema>

/** What is wrong with a column map, and where; `misspelt` is a word that should have been one of `of`. */
export interface ColumnMapProblem {
  path: string
  message: string
  misspelt?: { word: string; of: readonly string[] }
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  '': ['columns', 'times', 'delimiter', 'emptyValues', 'answeredWhen', 'callTypes'],
  columns: FIELDS,
  times: ['format', 'zone'],
}

/** A column map out of a file's value, or all that is wrong with it. */
export function readColumnMap(value: unknown): { ok: true; map: ColumnMap } | { ok: false; problems: readonly ColumnMapProblem[] } {
  const parsed = columnMapSchema.safeParse(value)
  if (parsed.success) return { ok: true, map: parsed.data }
  return { ok: false, problems: parsed.error.issues.flatMap(problemsOf) }
}

function problemsOf(issue: z.core.$ZodIssue): ColumnMapProblem[] {
  const path = issue.path.map(String).join('.')
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }]
  const of = KEYS[path] ?? ['column', 'value', 'is']
  return issue.keys.map((word) => ({ path: path === '' ? word : `${path}.${word}`, message: `is none of ${of.join(', ')}`, misspelt: { word, of } }))
}

/** Columns that the map names and the file has not. */
export function missingColumns(map: ColumnMap, headers: readonly string[]): ColumnMapProblem[] {
  const has = new Set(headers)
  const named: (readonly [string, string | undefined])[] = [
    ...FIELDS.map((field) => [`columns.${field}`, map.columns[field]] as const),
    ...map.callTypes.map(({ column }, index) => [`callTypes.${index}.column`, column] as const),
  ]
  return named.flatMap(([path, name]) =>
    name === undefined || has.has(name) ? [] : [{ path, message: `the file has no column ${JSON.stringify(name)}`, misspelt: { word: name, of: headers } }],
  )
}

/** The map without those of these columns that the file lacks and that may be lacking: a platform adds and drops columns. */
export function withoutOptional(map: ColumnMap, headers: readonly string[], optional: readonly Field[]): ColumnMap {
  const has = new Set(headers)
  const kept = FIELDS.flatMap((field) => {
    const name = map.columns[field]
    return name === undefined || (optional.includes(field) && !has.has(name)) ? [] : [[field, name] as const]
  })
  return { ...map, columns: Object.fromEntries(kept), callTypes: map.callTypes.filter(({ column }) => has.has(column)) }
}
