import { switchRecordingOff, switchRecordingOn, changeSettings, type SettingsChange } from '@twinreel/catalog/accounts/recording-switch'
import type { PlatformIdentity } from '@twinreel/catalog/accounts/identity'
import { showUser, type User } from '@twinreel/catalog/accounts/show'
import { changeTier } from '@twinreel/catalog/accounts/tiers'
import { addUser, changeLicence } from '@twinreel/catalog/accounts/users'
import type { Catalog } from '@twinreel/catalog/open'
import type { Tier } from '@twinreel/recording/retention'
import { DEFAULT_SETTINGS, settingsSchema, type Settings } from '@twinreel/recording/settings'
import { becauseOf, type BecauseOptions } from './because.ts'
import { usageError } from './command-error.ts'

export interface UserRequest extends BecauseOptions {
  org?: string
  name?: string
  licence?: 'professional' | 'basic' | 'none'
  recording?: boolean
  mode?: Settings['mode']
  announceInternal?: boolean
  announcePstn?: boolean
  notification?: Settings['pauseResumeNotification']
  tone?: boolean
  toneInterval?: number
  voicemail?: boolean
  calls?: Settings['calls']
  tier?: Tier
  serviceProvider?: string
  externalGroup?: string
  externalIdentifier?: string
}

/**
 * Does all that is asked of one user, one change after the other: the user, the licence, the switch with its settings, the tier.
 * What is wrong with the request itself is found before the first; if a rule stops a later one, the error says what was done until then.
 */
export async function setUser(catalog: Catalog, userId: string, request: UserRequest): Promise<User> {
  const because = becauseOf(request)
  const change = settingsChange(request)
  const platform = identityOf(request)
  const known = await showUser(catalog, userId)
  check(userId, request, { known, change, platform })
  const done: string[] = []
  const step = async (what: string, work: Promise<unknown>): Promise<void> => {
    try {
      await work
    } catch (error) {
      if (done.length === 0 || !(error instanceof Error) || error.name !== 'AccountError') throw error
      throw usageError(`${error.message}; done before that: ${done.join(', ')}`)
    }
    done.push(what)
  }

  const person = {
    ...because,
    userId,
    orgId: request.org ?? known?.orgId ?? '',
    licence: licenceOf(request, known),
    ...(request.name === undefined ? {} : { displayName: request.name }),
  }
  if (known === null) await step('user added', addUser(catalog, person))
  else if (request.licence !== undefined || request.name !== undefined || (request.org !== undefined && request.org !== known.orgId))
    await step('licence and name set', changeLicence(catalog, person))

  const settings = person.licence === null ? null : (known?.settings ?? null)
  if (request.recording === false) await step('recording switched off', switchRecordingOff(catalog, { ...because, userId }))
  else if (platform !== null || (request.recording === true && settings === null)) {
    const chosen = merged(settings ?? DEFAULT_SETTINGS, change)
    await step('recording switched on', switchRecordingOn(catalog, { ...because, userId, settings: chosen, ...(platform === null ? {} : { platform }) }))
  } else if (Object.keys(change).length > 0) await step('settings changed', changeSettings(catalog, { ...because, userId, settings: change }))

  if (request.tier !== undefined) await step('tier changed', changeTier(catalog, { ...because, userId, tier: request.tier }))
  const user = await showUser(catalog, userId)
  if (user === null) throw usageError(`user ${userId} is unknown`)
  return user
}

function check(
  userId: string,
  request: UserRequest,
  { known, change, platform }: { known: User | null; change: SettingsChange; platform: PlatformIdentity | null },
): void {
  if (known === null && request.org === undefined) throw usageError(`user ${userId} is unknown`, 'add the user with --org')
  if (request.recording === false && (Object.keys(change).length > 0 || platform !== null))
    throw usageError('--recording off clears the settings: they can’t be changed in the same command')
  if (platform !== null && request.recording !== true && (known?.settings ?? null) === null)
    throw usageError(`recording is off for user ${userId}, and a platform identity belongs to a recording account`, 'add --recording on')
  const faults = settingsSchema.safeParse(merged(known?.settings ?? DEFAULT_SETTINGS, change)).error?.issues ?? []
  if (faults.length > 0) throw usageError(faults.map((fault) => `settings.${fault.path.map(String).join('.')}: ${fault.message}`).join('; '))
}

function licenceOf({ licence }: UserRequest, known: User | null): User['licence'] {
  return licence === undefined ? (known?.licence ?? null) : licence === 'none' ? null : licence
}

/** Only what was named. */
function settingsChange({ mode, announceInternal, announcePstn, notification, tone, toneInterval, voicemail, calls }: UserRequest): SettingsChange {
  const announcement = {
    ...(announceInternal === undefined ? {} : { internal: announceInternal }),
    ...(announcePstn === undefined ? {} : { pstn: announcePstn }),
  }
  const tones = { ...(tone === undefined ? {} : { enabled: tone }), ...(toneInterval === undefined ? {} : { intervalSeconds: toneInterval }) }
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(Object.keys(announcement).length === 0 ? {} : { startStopAnnouncement: announcement }),
    ...(notification === undefined ? {} : { pauseResumeNotification: notification }),
    ...(Object.keys(tones).length === 0 ? {} : { tone: tones }),
    ...(voicemail === undefined ? {} : { voicemail }),
    ...(calls === undefined ? {} : { calls }),
  }
}

function merged(settings: Settings, change: SettingsChange): Settings {
  return {
    ...settings,
    ...change,
    startStopAnnouncement: { ...settings.startStopAnnouncement, ...change.startStopAnnouncement },
    tone: { ...settings.tone, ...change.tone },
    calls: { ...settings.calls, ...change.calls },
  }
}

function identityOf({ serviceProvider, externalGroup, externalIdentifier }: UserRequest): PlatformIdentity | null {
  if (serviceProvider === undefined && externalGroup === undefined && externalIdentifier === undefined) return null
  if (serviceProvider === undefined || externalGroup === undefined || externalIdentifier === undefined) {
    throw usageError('a platform identity has three parts', 'give --service-provider, --external-group and --external-identifier together')
  }
  return { serviceProvider, externalGroup, externalIdentifier }
}
