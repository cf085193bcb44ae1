import { TOPICS } from '@twinreel/contracts/topics'
import type { LogRecord } from '@twinreel/event-log/port'
import type { Turns } from './catalog/connection.ts'
import { createDatabase } from './catalog/database.ts'
import { catalogClient, trueCatalog } from './catalog/handle.ts'
import { errorOf } from './error-of.ts'
import { createFaultPlan } from './faults.ts'
import { givenTo } from './given.ts'
import { createHooks } from './hooks.ts'
import { createBroker, type Broker } from './log/broker.ts'
import { logClient } from './log/client.ts'
import { createMachine, type Machine } from './process.ts'
import { createRandom } from './random.ts'
import { createSpoolDisk } from './spool.ts'
import { createBucket } from './store/bucket.ts'
import { storeClient } from './store/client.ts'
import { trimUnderSleepers } from './log/sleepers.ts'
import { createTrace } from './trace.ts'
import type { Sim, SimOptions, SimProcess, Truth } from './types.ts'
import { createDriver } from './virtual-time.ts'
import type { Parts } from './world-parts.ts'

/** Monday, 6 January 2025, 09:00 UTC. */
const START_MS = Date.UTC(2025, 0, 6, 9)
const FAULTS_FOR_MS = 120_000
const MOST_MS = 40 * 24 * 3_600_000
const MOST_EVENTS = 5_000_000

/** A world in which time, the log, the store and the catalog are played, and fail by seed. */
export async function createSim(options: SimOptions): Promise<Sim & { runFreely(): () => void }> {
  const { seed, partitions = 1, startMs = START_MS, faultsForMs = FAULTS_FOR_MS, form = 'servers' } = options
  const random = (name: string): ReturnType<typeof createRandom> => createRandom(seed, name)
  const driver = createDriver(startMs, random('time'))
  const { time, fail } = driver
  const trace = createTrace(() => time.now() - startMs, options.onTrace)
  const faults = createFaultPlan({
    now: time.now,
    startMs,
    faultsForMs,
    ...(options.faults === undefined ? {} : { only: options.faults }),
    random: random('faults'),
  })
  const hooks = createHooks(driver.hear, fail)
  const parts: Parts = { time, trace, faults, hooks, form, startMs, random, fail }
  const broker = createBroker(parts)
  for (const topic of Object.values(TOPICS)) broker.create(topic, partitions)
  const bucket = createBucket(parts, { conditionalWrites: options.conditionalWrites ?? 'enforced', keepsVersions: options.keepsVersions ?? false })
  const database = await createDatabase(time)
  const turns: Turns = { publisher: null }
  const disk = createSpoolDisk(parts)
  const machines: { machine: Machine; process: SimProcess }[] = []

  const truth: Truth = {
    appended: (topic) => broker.partitions(topic).flatMap(({ records }): LogRecord[] => records),
    logStarts: (topic) => broker.partitions(topic).map(({ firstOffset }) => firstOffset),
    objects: (prefix = '') => bucket.list(prefix, time.now()),
    body: (key) => bucket.find(key)?.body ?? null,
    hiddenVersions: bucket.hidden,
    spooledBytes: disk.usedBytes,
    catalog: trueCatalog(database),
    database: database.sqlite,
  }

  function spawn(process: Parameters<Sim['spawn']>[0]): SimProcess {
    let isOver = false
    const over = (why: Parameters<NonNullable<typeof process.onEnd>>[0]): void => {
      if (isOver) return
      isOver = true
      machine.kill()
      process.onEnd?.(why)
    }
    const machine = createMachine(parts, process, () => over({ kind: 'killed' }))
    trimUnderSleepers(parts, broker, machine)
    const given = givenTo(machine, parts, {
      eventLog: logClient(parts, broker, machine),
      store: storeClient(parts, bucket, machine),
      catalog: catalogClient(parts, database, turns, machine),
      openSpool: () => disk.open(machine),
    })
    const spawned: SimProcess = {
      name: process.name,
      kind: process.kind,
      given,
      get state() {
        return machine.state()
      },
      kill: machine.kill,
      freeze: () => machine.freeze(null),
      thaw: machine.thaw,
      stepClock: machine.clock.step,
      died: machine.died,
    }
    machines.push({ machine, process: spawned })
    trace.note('spawned', process.name)
    time.at(time.now(), `${process.name} starts`, () => {
      process.main(given).then(
        () => over({ kind: 'exited' }),
        (error: unknown) => over({ kind: 'failed', error: errorOf(error) }),
      )
    })
    return spawned
  }

  return {
    seed,
    time,
    faults,
    trace,
    hooks: hooks.hooks,
    truth,
    random,
    spawn,
    processes: () => machines.map(({ process }) => process),
    trimLog: broker.trim,
    storeAway: bucket.goAway,
    rebalance: (groupId) => {
      for (const group of broker.groups()) if (groupId === undefined || group.groupId === groupId) group.shuffle()
    },
    stepLogClock: broker.stepClock,
    stepCatalogClock: database.stepClock,
    run: (main, { mostMs = MOST_MS, mostEvents = MOST_EVENTS } = {}) => driver.run(main(), { mostMs, mostEvents, waiting: () => waiting(machines, broker) }),
    runFreely: driver.runFreely,
    close() {
      for (const { machine } of machines) machine.kill()
      database.close()
    },
  }
}

function waiting(machines: readonly { machine: Machine }[], broker: Broker): string {
  const processes = machines
    .filter(({ machine }) => machine.state() !== 'dead')
    .map(({ machine }) => `${machine.name} (${machine.state()}) waits for ${machine.waiting().join(', ') || 'nothing of ours'}`)
  return [...processes, ...[...broker.groups()].map((group) => group.waiting())].join('\n')
}
