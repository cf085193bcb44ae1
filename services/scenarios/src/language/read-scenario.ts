import { callProblems } from '../compile/plan-problems.ts'
import { readDuration } from './call-clock.ts'
import { scenarioDocumentSchema, type CallDocument, type ScenarioDocument } from './document.ts'
import { ScenarioFileError, type Problem } from './problem.ts'
import { readExpected } from './read-expected.ts'
import { readFaults, readParties, readPlatform, readRules, readUsers } from './read-people.ts'
import { reporter, type Report } from './report.ts'
import { RESERVED_WORDS } from './reserved-words.ts'
import type { Party, Scenario, ScenarioCall } from './scenario.ts'
import { schemaProblems } from './schema-problems.ts'
import { storyProblems } from './story-problems.ts'
import { isOfTheRecorder, timelineReader } from './timeline.ts'
import { readTolerances } from './tolerances.ts'
import { readYaml, type Path, type YamlFile } from './yaml-places.ts'

/** Reads a scenario file. Throws `ScenarioFileError` with everything that is wrong, each with its line and column. */
export function readScenario(file: string, text: string): Scenario {
  const read = readYaml(file, text)
  if (!read.ok) throw new ScenarioFileError(read.problems)
  const { yaml } = read
  const parsed = scenarioDocumentSchema.safeParse(yaml.value)
  if (!parsed.success) throw new ScenarioFileError(inOrder(schemaProblems(file, yaml, scenarioDocumentSchema, parsed.error.issues)))
  const problems: Problem[] = []
  const report = reporter(file, yaml, problems)
  const scenario = scenarioOf({ file, yaml, document: parsed.data, report })
  // What makes no sense by itself makes no call.
  if (problems.length === 0) for (const call of scenario.calls) reportUnplayable(scenario, call, { document: parsed.data, report })
  if (problems.length > 0) throw new ScenarioFileError(inOrder(problems))
  return scenario
}

function reportUnplayable(scenario: Scenario, call: ScenarioCall, { document, report }: Pick<Reading, 'document' | 'report'>): void {
  const root: Path = document.calls === undefined ? [] : ['calls', call.name]
  const callPath = document.calls === undefined ? ['call'] : root
  for (const { line, key, message } of callProblems(scenario, call))
    report(line !== null ? [...root, 'timeline', line] : key === 'clock-skew' ? ['faults', key] : [...callPath, ...(key === null ? [] : [key])], 0, message)
}

function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column)
}

interface Reading {
  file: string
  yaml: YamlFile
  document: ScenarioDocument
  report: Report
}

function scenarioOf(reading: Reading): Scenario {
  const { file, yaml, document, report } = reading
  const parties = readParties(document, report)
  for (const group of ['users', 'parties'] as const)
    for (const name of Object.keys(document[group] ?? {}))
      if (RESERVED_WORDS.has(name)) report([group, name], 0, `“${name}” is a word of the timelines`, 'choose another name')
  const { generated } = document
  return {
    name: document.scenario,
    file,
    line: yaml.keyPlace([], 'scenario').line,
    description: document.description ?? null,
    tags: document.tags ?? [],
    generated: generated === undefined ? null : { by: generated.by, seed: generated.seed ?? null },
    seed: document.seed ?? 1,
    rules: readRules(document.org, report),
    users: readUsers(document.users),
    parties,
    faults: readFaults(document.faults),
    calls: callsOf(reading, parties),
    tolerances: readTolerances(document.realtime),
  }
}

function callsOf(reading: Reading, parties: ReadonlyMap<string, Party>): ScenarioCall[] {
  const { document, report } = reading
  const { call, timeline, expect, calls } = document
  if (calls === undefined) {
    if (call === undefined) report([], 0, '“call” is missing', 'say call: {from: …, to: …} and timeline: […], or calls: for several')
    if (call !== undefined && timeline === undefined) report(['call'], 0, '“timeline” is missing')
    return call === undefined || timeline === undefined
      ? []
      : [callOf({ ...call, timeline, expect }, 'call', { root: [], callPath: ['call'] }, parties, reading)]
  }
  for (const key of ['call', 'timeline', 'expect'] as const)
    if (document[key] !== undefined) report([key], 0, `“${key}” stands beside “calls”`, 'put it into one of the calls')
  if (Object.keys(calls).length === 0) report(['calls'], 0, 'there is no call')
  return Object.entries(calls).map(([name, one]) => callOf(one, name, { root: ['calls', name], callPath: ['calls', name] }, parties, reading))
}

type FullCall = CallDocument & { timeline: readonly string[]; expect?: ScenarioDocument['expect'] }

function callOf(
  call: FullCall,
  name: string,
  { root, callPath }: { root: Path; callPath: Path },
  parties: ReadonlyMap<string, Party>,
  reading: Reading,
): ScenarioCall {
  const { yaml, document, report } = reading
  const names = [...parties.keys()]
  const to = [call.to].flat()
  if (!parties.has(call.from)) report.unknown([...callPath, 'from'], call.from, 'user or party', names)
  for (const [i, one] of to.entries())
    if (!parties.has(one)) report.unknown([...callPath, 'to', ...(Array.isArray(call.to) ? [i] : [])], one, 'user or party', names)
  const related = call['related-to']
  if (related !== undefined && !Object.hasOwn(document.calls ?? {}, related.call))
    report.unknown([...callPath, 'related-to', 'call'], related.call, 'call', Object.keys(document.calls ?? {}))
  const [fromUser, toUser] = [parties.get(call.from)?.user ?? null, parties.get(to[0] ?? '')?.user ?? null]
  const isInternal = fromUser !== null && toUser !== null
  const timelinePath = [...root, 'timeline']
  const read = timelineReader(names)
  const timeline = call.timeline.flatMap((text, i) => {
    const result = read(text)
    const { line } = yaml.place([...timelinePath, i])
    if (result.ok) return [{ ...result.value, line, text }]
    report([...timelinePath, i], result.at, result.message, result.suggestion)
    return []
  })
  const isWhole = timeline.length === call.timeline.length
  const endMs = isWhole ? (timeline.findLast((line) => !isOfTheRecorder(line))?.atMs ?? 0) : Infinity
  const scenarioCall: ScenarioCall = {
    name,
    line: yaml.keyPlace(callPath.slice(0, -1), String(callPath.at(-1))).line,
    from: call.from,
    to,
    type: call.type ?? (isInternal ? 'internal' : 'pstn'),
    direction: call.direction ?? (isInternal ? 'internal' : fromUser === null ? 'inbound' : 'outbound'),
    ringMs: readDuration(call.rings ?? '2 s') ?? 2_000,
    startsMs: readDuration(call.starts ?? '0 s') ?? 0,
    platform: readPlatform(document.platform, call.platform),
    redirections: call.redirections ?? [],
    dialledDigits: call['dialled-digits'] ?? null,
    location: call.location ?? null,
    relatedTo: related ?? null,
    timeline,
    expected:
      call.expect === undefined
        ? null
        : readExpected(call.expect, { path: [...root, 'expect'], names, users: Object.keys(document.users), endMs, yaml, report }),
  }
  // A timeline with lines that can't be read makes no story.
  if (isWhole) storyProblems(scenarioCall, (index, message, suggestion) => report(index === null ? callPath : [...timelinePath, index], 0, message, suggestion))
  return scenarioCall
}
