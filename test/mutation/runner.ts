import { globSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import type { Collected } from './vitest.ts'

// A test runner for Stryker that imports a package's tests once, under Node itself, and then calls those that reach a mutant, one after the
// other, until one fails. Only for tests without hooks, timers and I/O, as those of the pure packages are.

const VITEST = new URL('vitest.ts', import.meta.url).href

interface Test extends Collected {
  id: string
  file: string
}

/** What instrumented code reads and writes. */
interface Instrumented {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  mutantCoverage?: unknown
  hitCount?: number | undefined
  hitLimit?: number | undefined
}

interface MutantRun {
  activeMutant: { id: string }
  testFilter?: readonly string[]
  hitLimit?: number
  mutantActivation: 'static' | 'runtime'
}

// oxlint-disable-next-line no-underscore-dangle -- the name that Stryker gave it
const instrumented = ((globalThis as { __stryker__?: Instrumented }).__stryker__ ??= {})
let tests: readonly Test[] | null = null
/** How many mutants were tried in this process, and whether one of them left something behind that makes tests fail. */
let tried = 0
let isSpoilt = false

/** The model's thousands of sequences come last: most mutants fail before. */
async function load(): Promise<readonly Test[]> {
  if (tests !== null) return tests
  const { takeCollected } = (await import(VITEST)) as { takeCollected: () => readonly Collected[] }
  const isModel = (file: string): number => Number(file.endsWith('model.test.ts'))
  const files = globSync('packages/*/src/**/*.test.ts').toSorted((a, b) => isModel(a) - isModel(b) || (a < b ? -1 : 1))
  const loaded: Test[] = []
  for (const file of files) {
    await import(pathToFileURL(resolve(file)).href)
    loaded.push(...takeCollected().map(({ name, run }) => ({ id: `${relative('.', file)}#${name}`, file: resolve(file), name, run })))
  }
  const ids = new Set(loaded.map(({ id }) => id))
  if (ids.size < loaded.length) throw new Error('two tests of one file have the same name')
  return (tests = loaded)
}

/** Why it failed; `null` if it passed. */
async function failureOf(test: Test): Promise<string | null> {
  try {
    await test.run()
    return null
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 500) : String(error)
  }
}

async function dryRun(): Promise<unknown> {
  const results: unknown[] = []
  for (const test of await load()) {
    instrumented.currentTestId = test.id
    const startedMs = performance.now()
    const failureMessage = await failureOf(test)
    const status = failureMessage === null ? 0 : 1
    results.push({ id: test.id, name: test.name, fileName: test.file, timeSpentMs: performance.now() - startedMs, status, failureMessage })
  }
  instrumented.currentTestId = undefined
  return { status: 'complete', tests: results, mutantCoverage: instrumented.mutantCoverage }
}

async function mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation }: MutantRun): Promise<unknown> {
  // Stryker starts another process when this one throws, and tries there.
  if (isSpoilt) throw new Error('a mutant left something behind')
  tried += 1
  instrumented.hitLimit = hitLimit
  instrumented.hitCount = 0
  try {
    if (mutantActivation === 'static') instrumented.activeMutant = activeMutant.id
    const all = await load().catch((error: unknown) => String(error))
    if (typeof all === 'string') return { status: 'error', errorMessage: all }
    instrumented.activeMutant = activeMutant.id
    const chosen = testFilter === undefined ? all : all.filter(({ id }) => testFilter.includes(id))
    for (const [i, test] of chosen.entries()) {
      const failureMessage = await failureOf(test)
      if (hitLimit !== undefined && (instrumented.hitCount ?? 0) > hitLimit) return { status: 'timeout', reason: 'it went round and round' }
      if (failureMessage === null) continue
      if (mutantActivation === 'runtime') await checkUnspoilt(test)
      return { status: 'killed', killedBy: [test.id], failureMessage, nrOfTests: i + 1 }
    }
    return { status: 'survived', nrOfTests: chosen.length }
  } finally {
    instrumented.activeMutant = undefined
  }
}

/** The test that failed must pass again without the mutant. If not, an earlier mutant may have spoilt it, and this one has to be tried anew. */
async function checkUnspoilt(test: Test): Promise<void> {
  instrumented.activeMutant = undefined
  instrumented.hitLimit = undefined
  isSpoilt = (await failureOf(test)) !== null
  if (isSpoilt && tried > 1) throw new Error('a mutant left something behind')
}

class OneProcess {
  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: false }
  }

  init(): void {
    process.env['MODEL_RUNS'] ??= '100'
    // The same cases for every mutant, and no search for the smallest one: that one failed is enough to know.
    fc.configureGlobal({ seed: 20_260_302, endOnFailure: true })
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === 'vitest' && context.parentURL !== VITEST ? { url: VITEST, shortCircuit: true } : next(specifier, context),
    })
  }

  dryRun = dryRun
  mutantRun = mutantRun
}

/** Read by Stryker. */
export const strykerPlugins = [{ kind: 'TestRunner', name: 'one-process', injectableClass: OneProcess }]
