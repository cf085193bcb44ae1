import { nearest } from '@twinreel/service/nearest'
import type { z } from 'zod'
import type { Problem } from './problem.ts'
import type { Path, YamlFile } from './yaml-places.ts'

type Issue = z.core.$ZodIssue

/** What a schema finds wrong with a file, at the places where it stands, with what was probably meant. */
export function schemaProblems(file: string, yaml: YamlFile, schema: z.ZodType, issues: readonly Issue[]): Problem[] {
  return issues.flatMap((issue) => problemsOf(issue, [], { file, yaml, schema }))
}

function problemsOf(issue: Issue, before: Path, about: { file: string; yaml: YamlFile; schema: z.ZodType }): Problem[] {
  const { file, yaml, schema } = about
  const path = [...before, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))]
  const at = (message: string, suggestion: string | null = null): Problem[] => [{ file, ...yaml.place(path), message, suggestion }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const known = keysAt(schema, path)
        const near = nearest(key, known)
        return {
          file,
          ...yaml.keyPlace(path, key),
          message: `“${key}” is no key of ${nameOf(path)}`,
          suggestion: near === null ? `keys are ${known.join(', ')}` : `did you mean “${near}”?`,
        }
      })
    case 'invalid_value': {
      const values = issue.values.map(String)
      const found = valueAt(yaml.value, path)
      if (found === undefined) return missing(path, about)
      const near = typeof found === 'string' ? nearest(found, values) : null
      return at(`${shown(found)} is not one of ${values.join(', ')}`, near === null ? null : `did you mean “${near}”?`)
    }
    case 'invalid_type': {
      const found = valueAt(yaml.value, path)
      if (found === undefined) return missing(path, about)
      // The commonest slip: a colon and a space make a mapping of what was meant as a sentence.
      if (issue.expected === 'string' && typeof found === 'object' && found !== null && !Array.isArray(found))
        return at(`${nameOf(path)} is a mapping, not a text`, 'a text with a colon before a space needs quotes')
      return at(`${nameOf(path)} is ${kindOf(found)}, not ${expectedKind(issue.expected)}`)
    }
    case 'invalid_union': {
      const found = valueAt(yaml.value, path)
      if (found === undefined) return missing(path, about)
      // Of several shapes the one counts that the file came closest to.
      const branches = issue.errors.map((branch) => ({ branch, depth: Math.max(0, ...branch.map((one) => (isWrongKind(one) ? -1 : one.path.length + 1))) }))
      const best = branches.toSorted((a, b) => b.depth - a.depth)[0]
      if (best === undefined || best.branch.length === 0) return at(issue.message)
      return best.branch.flatMap((one) => problemsOf(one, path, about))
    }
    case 'invalid_key':
      return issue.issues.map((one) => ({
        file,
        ...yaml.keyPlace(path.slice(0, -1), String(path.at(-1))),
        message: `“${String(path.at(-1))}”: ${one.message}`,
        suggestion: null,
      }))
    case 'too_small':
    case 'too_big':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element':
    case 'custom':
      return at(`${nameOf(path)}: ${issue.message}`)
  }
}

function isWrongKind(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code === 'invalid_type'
}

function missing(path: Path, { file, yaml }: { file: string; yaml: YamlFile }): Problem[] {
  return [{ file, ...yaml.place(path.slice(0, -1)), message: `“${String(path.at(-1))}” is missing in ${nameOf(path.slice(0, -1))}`, suggestion: null }]
}

function nameOf(path: Path): string {
  return path.length === 0 ? 'the scenario' : path.map((step, i) => (typeof step === 'number' ? `[${step + 1}]` : `${i === 0 ? '' : '.'}${step}`)).join('')
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `“${value}”` : JSON.stringify(value)
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a mapping' : `the ${typeof value} ${JSON.stringify(value)}`
}

function expectedKind(expected: string): string {
  switch (expected) {
    case 'object':
    case 'record':
      return 'a mapping'
    case 'array':
      return 'a list'
    case 'string':
      return 'a text'
    case 'int':
    case 'number':
      return 'a number'
    default:
      return expected
  }
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null && Object.hasOwn(at, step) ? (at as Record<string | number, unknown>)[step] : undefined),
    value,
  )
}

/** The keys that a mapping at this path may have. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  const found = path.reduce<readonly z.ZodType[]>((schemas, step) => schemas.flatMap((one) => inside(one, step)), [schema])
  return [...new Set(found.flatMap(keysOf))]
}

type Definition = {
  type: string
  shape?: Record<string, z.ZodType>
  innerType?: z.ZodType
  options?: readonly z.ZodType[]
  element?: z.ZodType
  valueType?: z.ZodType
}

function definition(schema: z.ZodType): Definition {
  return schema.def
}

function inside(schema: z.ZodType, step: string | number): z.ZodType[] {
  const { shape, innerType, options, element, valueType } = definition(schema)
  if (innerType !== undefined) return inside(innerType, step)
  if (options !== undefined) return options.flatMap((one) => inside(one, step))
  const next = shape?.[String(step)] ?? valueType ?? element
  return next === undefined ? [] : [next]
}

function keysOf(schema: z.ZodType): string[] {
  const { shape, innerType, options } = definition(schema)
  if (innerType !== undefined) return keysOf(innerType)
  if (options !== undefined) return options.flatMap(keysOf)
  return Object.keys(shape ?? {})
}
