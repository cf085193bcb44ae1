import { join } from 'node:path'
import type { Measured } from '../measure.ts'
import { runPhase } from '../phase-process.ts'
import { profilePage, type ProfilePage } from '../profile/page.ts'
import type { Addresses } from './addresses.ts'
import { runLive } from './live.ts'
import { makeTarget, makeTopics, newWorkspace, placeIn, removeTarget, removeTopics, serviceEnvironment } from './workspace.ts'

const BEHIND = { calls: 500, atOnce: 50, seconds: 120 }
const LIVE = { calls: 500, seconds: 60 }
const QUICK_CALLS = 250
const QUICK_SECONDS = 20

/** Where the recorder's time goes: catching up with a full log, and at live calls. */
export async function profileServers(options: { addresses: Addresses; root: string; isQuick: boolean; progress(text: string): void }): Promise<ProfilePage[]> {
  const { addresses, root, isQuick, progress } = options
  const workspace = newWorkspace(addresses, root)
  const behind = isQuick ? { ...BEHIND, calls: QUICK_CALLS } : BEHIND
  const live = isQuick ? { ...LIVE, seconds: QUICK_SECONDS } : LIVE
  async function onServers(name: string, work: (environment: Record<string, string>) => Promise<ProfilePage>): Promise<ProfilePage> {
    const environment = serviceEnvironment(workspace, name, name)
    const place = await placeIn(environment)
    await makeTopics(place)
    await makeTarget(workspace, place)
    try {
      return await work(environment)
    } finally {
      await removeTarget(workspace, place)
    }
  }

  try {
    return [
      await onServers('behind', async (environment) => {
        const profile = join(root, 'behind.cpuprofile')
        progress('publishing')
        await runPhase('servers:publish', behind, { environment })
        progress('recording')
        await runPhase<Measured>('servers:record', { ...behind, profile }, { environment })
        return profilePage(`recorder, ${behind.atOnce} calls at once, as fast as it can`, profile, (behind.calls * behind.seconds) / 60)
      }),
      await onServers('live', async (environment) => {
        const profile = join(root, 'live.cpuprofile')
        progress(`${live.calls} live calls for ${live.seconds} s`)
        const { callMinutes } = await runLive({ environment }, { ...live, profile })
        return profilePage(`recorder, ${live.calls} live calls in real time`, profile, callMinutes)
      }),
    ]
  } finally {
    await removeTopics(workspace)
  }
}
