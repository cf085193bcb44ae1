import { makeLogger, type Logger } from '@twinreel/service/log'
import type { Configuration } from './environment/read-environment.ts'
import { startWithHealth, type Health } from './health.ts'
import { mediaKeyPosts } from './keys/media-key-path.ts'
import { wrappingOf } from './keys/media-wrapping.ts'
import { signingOf, type Signing } from './keys/signing.ts'
import { memberFiles } from './member-files.ts'
import { onlyServers } from './only-servers.ts'
import { ownSpool } from './own-spool.ts'
import type { Servers } from './place.ts'
import { recordWith } from './record-with.ts'
import { runProcess, type Running } from './run-process.ts'
import { openServers } from './servers.ts'

/** One recorder of several, each a process, on shared servers. Ends as `runProcess` does. */
export async function runRecorder(configuration: Configuration, ready: (pid: number) => Promise<void>): Promise<never> {
  const place = onlyServers(configuration.place, '`twinreel recorder`')
  const signing = signingOf(configuration)
  const log = makeLogger({ name: 'recorder', level: configuration.logLevel })
  return runProcess({
    log,
    start: () => startWithHealth(configuration, 'separate', log, (health) => start(configuration, { place, signing, log, health })),
    async announce() {
      log.info({ pid: process.pid }, 'recording')
      await ready(process.pid)
    },
  })
}

async function start(
  configuration: Configuration,
  { place, signing, log, health }: { place: Servers; signing: Signing; log: Logger; health: Health | null },
): Promise<Running> {
  const members = memberFiles(place.dataDir, log)
  const engines = await openServers(place, log, members).catch((error: unknown) => {
    members.close()
    throw error
  })
  try {
    const told = health?.recorder()
    const { token } = configuration.media
    const wrapping = token === null ? configuration.media.wrapping : wrappingOf(configuration)
    const recorder = await recordWith(engines, log, {
      ...configuration.recorder,
      signing,
      ...(wrapping === null ? {} : { wrappingKeys: wrapping }),
      ...(told === undefined ? {} : { observe: told.observe }),
      logRetentionMs: place.topics.logRetentionMs,
      spoolDir: ownSpool(place.dataDir),
    })
    told?.watch(recorder, engines.eventLog)
    if (token !== null && wrapping !== null) health?.takePosts(mediaKeyPosts(engines.catalog, { wrapping, token }))
    health?.started(engines)
    return {
      ready: recorder.ready,
      ends: [recorder.done],
      steps: [
        { name: 'recorder', stop: recorder.stop },
        { name: 'engines', stop: engines.close },
        { name: 'members', stop: async () => members.close() },
      ],
    }
  } catch (error) {
    await engines.close()
    members.close()
    throw error
  }
}
