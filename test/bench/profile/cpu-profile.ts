import { moduleOf } from './module-of.ts'

interface ProfileNode {
  id: number
  callFrame: { functionName: string; url: string; lineNumber: number }
  children?: readonly number[]
}

/** A profile as V8 writes it. */
export interface CpuProfile {
  nodes: readonly ProfileNode[]
  samples: readonly number[]
  /** Microseconds between samples. */
  timeDeltas: readonly number[]
}

/** Microseconds that the main thread was busy. */
export interface Busy {
  totalUs: number
  /** By module; what node itself and native functions do counts for the module that called them. */
  modules: ReadonlyMap<string, number>
  /** By function and the module it worked for. */
  functions: ReadonlyMap<string, number>
}

const IDLE = '(idle)'
const SPECIAL: ReadonlyMap<string, string> = new Map([
  ['(garbage collector)', 'garbage collection'],
  ['(program)', 'native code, unknown for whom'],
  ['(root)', 'node'],
])

export function busyIn(profile: CpuProfile): Busy {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const owners = ownersOf(nodes, profile.nodes[0]?.id ?? 0)
  const modules = new Map<string, number>()
  const functions = new Map<string, number>()
  let totalUs = 0
  for (const [index, id] of profile.samples.entries()) {
    const node = nodes.get(id)
    // A delta is the time before its sample; the sample stands for the time after it.
    const deltaUs = profile.timeDeltas[index + 1] ?? 0
    if (node === undefined || node.callFrame.functionName === IDLE) continue
    const owner = owners.get(id) ?? 'node'
    const { functionName, url } = node.callFrame
    totalUs += deltaUs
    add(modules, owner, deltaUs)
    const name = functionName === '' ? '(anonymous)' : functionName
    add(functions, moduleOf(url) === owner ? `${owner}: ${name}` : `${owner}: ${name} (${url.startsWith('node:') ? url : 'native'})`, deltaUs)
  }
  return { totalUs, modules, functions }
}

/** The module of each node of the tree: its own, or that of the nearest caller that has one. */
function ownersOf(nodes: ReadonlyMap<number, ProfileNode>, rootId: number): Map<number, string> {
  const owners = new Map<number, string>()
  const waiting: [number, string][] = [[rootId, 'node']]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [id, callersModule] = next
    const node = nodes.get(id)
    if (node === undefined) continue
    const owner = SPECIAL.get(node.callFrame.functionName) ?? moduleOf(node.callFrame.url) ?? callersModule
    owners.set(id, owner)
    for (const child of node.children ?? []) waiting.push([child, owner])
  }
  return owners
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value)
}
