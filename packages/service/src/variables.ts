import { z } from 'zod'

/** One variable of the environment: what it is, for people, and how its text becomes a value. */
export interface Variable<T> {
  meaning: string
  /** What may stand there, to follow “must be”. */
  values: string
  /** The text that counts when it is not given. */
  fallback: string | null
  /** Without it the value is `null`. */
  isOptional: boolean
  /** May also be given as NAME_FILE, the path of a file that holds it. */
  isSecret: boolean
  /** The text is a path, the value what the file holds. */
  isFile: boolean
  schema: z.ZodType<T, string>
}

export type Variables = Readonly<Record<string, Variable<unknown>>>
export type Values<V extends Variables> = { readonly [N in keyof V]: V[N] extends Variable<infer T> ? T : never }

/** Without a fallback the variable is required, unless it is made `optional`. */
interface Told {
  meaning: string
  fallback?: string
}

const MAX_CHARACTERS = 8_192

function variable<T>({ meaning, fallback }: Told, values: string, schema: z.ZodType<T, string>): Variable<T> {
  return { meaning, values, fallback: fallback ?? null, isOptional: false, isSecret: false, isFile: false, schema }
}

/** May be left out. */
export function optional<T>(of: Variable<T>): Variable<T | null> {
  return { ...of, isOptional: true }
}

/** Text of a form. */
export function text(told: Told & { values: string; pattern: RegExp }): Variable<string> {
  return variable(told, told.values, z.string().max(MAX_CHARACTERS).regex(told.pattern))
}

/** Any text that is not empty; never shown. */
export function secret(told: Told): Variable<string> {
  return { ...variable(told, 'a text', z.string().min(1).max(MAX_CHARACTERS)), isSecret: true }
}

/** A URL with a secret in it; never shown. */
export function secretUrl(told: Told & { values: string; protocols: readonly string[] }): Variable<string> {
  return { ...url(told), isSecret: true }
}

/** An absolute URL of one of these protocols, such as `https:`. */
export function url({ protocols, ...told }: Told & { values: string; protocols: readonly string[] }): Variable<string> {
  const isUrl = (value: string): boolean => protocols.includes(URL.parse(value)?.protocol ?? '')
  return variable(told, told.values, z.string().max(MAX_CHARACTERS).refine(isUrl))
}

/** A path; the value is what the file holds. */
export function fileOf(told: Told & { values: string; pattern: RegExp }): Variable<string> {
  return { ...variable(told, told.values, z.string().regex(told.pattern)), isFile: true }
}

export function integer({ min, max, ...told }: Omit<Told, 'fallback'> & { min: number; max: number; fallback?: number }): Variable<number> {
  const { fallback, ...rest } = told
  const schema = z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max)
  return variable({ ...rest, ...(fallback === undefined ? {} : { fallback: String(fallback) }) }, `a whole number from ${min} to ${max}`, schema)
}

export function choice<const C extends readonly string[]>(told: Told & { of: C }): Variable<C[number]> {
  return variable(told, `one of ${told.of.join(', ')}`, z.enum(told.of))
}

export function flag(told: Told & { fallback?: 'true' | 'false' }): Variable<boolean> {
  return variable(
    told,
    'true or false',
    z.enum(['true', 'false']).transform((value) => value === 'true'),
  )
}

/** Parts between commas, each of a form; spaces around them are left out. */
export function list(told: Told & { values: string; pattern: RegExp; max: number }): Variable<readonly string[]> {
  const schema = z
    .string()
    .max(MAX_CHARACTERS)
    .transform((value) => value.split(',').map((part) => part.trim()))
    .refine((parts) => parts.length <= told.max && parts.every((part) => told.pattern.test(part)))
  return variable(told, told.values, schema)
}
