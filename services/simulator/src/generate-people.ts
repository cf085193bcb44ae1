import { MODES, settingsSchema } from '@twinreel/recording/settings'
import { TIERS } from '@twinreel/recording/retention'
import { namespaceOf, type People, type SimulatedUser } from './people.ts'
import { drawsOf, keyOf, type Draws } from './random.ts'

/** An organization whose users differ in everything that can be set; the first five have the five modes. */
export function generatePeople({ seed, users }: { seed: number; users: number }): People {
  const orgId = `sim-${seed}`
  const draws = drawsOf(keyOf('people', seed))
  return {
    orgId,
    name: `Simulated organization ${seed}`,
    partnerId: 'simulator',
    idNamespace: namespaceOf(seed),
    rules: {},
    users: Array.from({ length: users }, (_, index) => generateUser(draws, orgId, index)),
  }
}

function generateUser(draws: Draws, orgId: string, index: number): SimulatedUser {
  const mode = MODES[index % MODES.length] ?? 'never'
  const tier = TIERS[Math.floor(index / MODES.length + index) % TIERS.length] ?? 'go'
  return {
    userId: `${orgId}-user-${String(index + 1).padStart(4, '0')}`,
    displayName: `User ${index + 1}`,
    number: `+1303555${String(1_000 + (index % 9_000))}`,
    tier,
    settings: settingsSchema.parse({
      mode,
      startStopAnnouncement: { internal: draws.chance(0.5), pstn: draws.chance(0.7) },
      pauseResumeNotification: draws.pick(['none', 'beep', 'announcement']),
      tone: { enabled: draws.chance(0.8), intervalSeconds: draws.pick([10, 15, 20, 20, 30, 90]) },
      voicemail: draws.chance(0.5),
      calls: {
        inboundInternal: draws.chance(0.9),
        inboundExternal: draws.chance(0.95),
        outboundInternal: draws.chance(0.9),
        outboundExternal: draws.chance(0.95),
      },
    }),
  }
}
