import { settingsSchema, type OrgRules, type Settings } from '@twinreel/recording/settings'
import { readDuration } from './call-clock.ts'
import type { FaultsDocument, PlatformDocument, ScenarioDocument, UserDocument } from './document.ts'
import type { Path } from './yaml-places.ts'
import type { Party, ScenarioCall, ScenarioFaults, ScenarioUser } from './scenario.ts'
import { speechReader, type Speech } from './speech-lines.ts'
import type { Report } from './report.ts'

/** Fictional numbers (+1 555 0100 and the following), given out in the order of the file. */
function numberAt(index: number): string {
  return `+1303555${String(100 + (index % 100)).padStart(4, '0')}`
}

export function readUsers(users: ScenarioDocument['users']): ScenarioUser[] {
  return Object.entries(users).map(([name, given], index) => {
    const user = given ?? {}
    return {
      name,
      displayName: user['display-name'] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      number: user.number ?? numberAt(index),
      ownerType: user.kind ?? 'user',
      tier: user.tier ?? 'go',
      settings: user.recording === 'off' ? null : settingsOf(user),
    }
  })
}

function settingsOf(user: UserDocument): Settings {
  const { announcement = 'both', tone, calls } = user
  const chosen = (name: string): boolean => calls === undefined || calls === 'all' || (calls !== 'none' && (calls as readonly string[]).includes(name))
  return settingsSchema.parse({
    mode: user.mode,
    startStopAnnouncement: { internal: announcement === 'both' || announcement === 'internal', pstn: announcement === 'both' || announcement === 'pstn' },
    pauseResumeNotification: user.notification,
    tone: tone === 'off' ? { enabled: false } : tone === undefined ? undefined : { intervalSeconds: (readDuration(tone) ?? 0) / 1_000 },
    voicemail: user.voicemail === 'on',
    calls: {
      inboundInternal: chosen('inbound-internal'),
      inboundExternal: chosen('inbound-external'),
      outboundInternal: chosen('outbound-internal'),
      outboundExternal: chosen('outbound-external'),
    },
  })
}

/** Every user is a party under its own name; other parties stand beside them. */
export function readParties(document: ScenarioDocument, report: Report): Map<string, Party> {
  const parties = new Map<string, Party>()
  const users = Object.entries(document.users)
  for (const [index, [name, user]] of users.entries())
    parties.set(name, {
      name,
      user: name,
      number: user?.number ?? numberAt(index),
      displayName: null,
      deviceId: user?.device ?? null,
      ...formatOf(user, ['users', name], report),
      speech: speechOf(document, name, 'reader', report),
    })
  for (const [index, [name, party]] of Object.entries(document.parties ?? {}).entries()) {
    if (parties.has(name)) report(['parties', name], 0, `${name} is a user already; a further end of hers needs a name of its own`)
    const owner = party?.user ?? null
    if (owner !== null && !Object.hasOwn(document.users, owner)) report.unknown(['parties', name, 'user'], owner, 'user', Object.keys(document.users))
    parties.set(name, {
      name,
      user: owner,
      number: party?.number ?? (owner === null ? `+1202555${String(100 + index).padStart(4, '0')}` : (parties.get(owner)?.number ?? null)),
      displayName: party?.['display-name'] ?? null,
      deviceId: party?.device ?? null,
      ...formatOf(party, ['parties', name], report),
      speech: speechOf(document, name, owner === null ? 'cards' : 'reader', report),
    })
  }
  for (const name of Object.keys(document.speech ?? {})) if (!parties.has(name)) report.unknown(['speech', name], name, 'user or party', [...parties.keys()])
  return parties
}

function formatOf(
  given: { codec?: 'PCMU' | 'PCMA' | 'L16' | undefined; rate?: 8_000 | 16_000 | undefined } | null | undefined,
  path: Path,
  report: Report,
): Pick<Party, 'codec' | 'sampleRateHz'> {
  const [codec, sampleRateHz] = [given?.codec ?? 'PCMU', given?.rate ?? 8_000]
  if (codec !== 'L16' && sampleRateHz !== 8_000) report([...path, 'rate'], 0, `${codec} has 8000 samples a second, not ${sampleRateHz}`)
  return { codec, sampleRateHz }
}

function speechOf(document: ScenarioDocument, name: string, voice: Speech['voice'], report: Report): Speech[] {
  const given = document.speech !== undefined && Object.hasOwn(document.speech, name) ? document.speech[name] : undefined
  if (given === undefined) return [{ voice, fromMs: 0, toMs: null }]
  const read = speechReader()
  return [given].flat().flatMap((line, i) => {
    const path = ['speech', name, ...(Array.isArray(given) ? [i] : [])]
    const result = read(line)
    if (result.ok) return [result.value]
    report(path, result.at, result.message, result.suggestion)
    return []
  })
}

export function readRules(org: ScenarioDocument['org'], report: Report): Partial<OrgRules> {
  const seconds = (key: 'idle-end' | 'segment', least: number, most: number): number | undefined => {
    const ms = org?.[key] === undefined ? null : readDuration(org[key])
    if (ms === null) return undefined
    if (ms % 1_000 !== 0 || ms < least * 1_000 || ms > most * 1_000) report(['org', key], 0, `${key} is ${least} to ${most} whole seconds`)
    return ms / 1_000
  }
  const [idleEndSeconds, segmentSeconds] = [seconds('idle-end', 30, 3_600), seconds('segment', 1, 120)]
  return {
    ...(org?.['failure-behavior'] === undefined ? {} : { failureBehavior: org['failure-behavior'] }),
    ...(org?.['record-emergency'] === undefined ? {} : { recordEmergency: org['record-emergency'] === 'on' }),
    ...(idleEndSeconds === undefined ? {} : { idleEndSeconds }),
    ...(segmentSeconds === undefined ? {} : { segmentSeconds }),
  }
}

export function readPlatform(...given: readonly (PlatformDocument | undefined)[]): ScenarioCall['platform'] {
  const all = Object.assign({}, ...given) as PlatformDocument
  return { prompts: all.prompts ?? 'obeys', gate: all.gate !== 'off', indicator: all.indicator !== 'off' }
}

export function readFaults(given: FaultsDocument | undefined): ScenarioFaults {
  const skew = given?.['clock-skew']
  return {
    loss: shareOf(given?.loss),
    duplicate: shareOf(given?.duplicate),
    reorder: shareOf(given?.reorder),
    lostEnd: given?.['lost-end'] === 'on',
    delayMs: readDuration(given?.delay ?? '0 ms') ?? 0,
    jitterMs: readDuration(given?.jitter ?? '0 ms') ?? 0,
    clockSkewMs: skew === undefined ? 0 : (readDuration(skew.replace(/^[+-]/, '')) ?? 0) * (skew.startsWith('-') ? -1 : 1),
  }
}

function shareOf(share: string | number | undefined): number {
  return typeof share === 'string' ? Number(share.replace('%', '')) / 100 : (share ?? 0)
}
