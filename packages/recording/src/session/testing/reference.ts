import type { CallEvent } from '@twinreel/contracts/messages'
import { add, type IntervalSet } from '@twinreel/media/intervals'
import type { Effect } from '../../effects.ts'
import type { Policy } from '../../policy.ts'
import { commands, effectsOf } from './seen.ts'

/**
 * When policy allows an owner's audio to be captured, thought out a second time and as simply as possible: from the messages, and
 * from the ids of what the platform was asked to do. It knows nothing of states, segments or totals. It holds for controls that are no
 * later than the trail; what becomes of later ones depends on what is sealed.
 */
interface Owner {
  policy: Policy
  place: 'out' | 'standby' | 'prompt' | 'gate' | 'on' | 'off'
  /** Waiting to go on after a pause, not to begin. */
  isResume: boolean
  isMuted: boolean
  /** Everybody was told of the pause; what nobody was told of is not taken back aloud. */
  isTold: boolean
  promptId: string | null
  fromMs: number
  sinceMs: number
  spans: { fromMs: number; toMs: number }[]
}

export interface Reference {
  observe: (event: CallEvent, effects: readonly Effect[]) => void
  allowed: (ownerId: string) => IntervalSet
}

export interface Surroundings {
  callType: string | null
  prompts: boolean
  policies: Readonly<Record<string, Policy>>
}

const FOREVER = Number.POSITIVE_INFINITY

export function reference({ callType, prompts, policies }: Surroundings): Reference {
  const owners = new Map<string, Owner>()
  const deadlines = new Map<string, number>()
  const sealedMs = new Map<string, number>()
  const trackEnds = new Map<string, number>()
  const last = { source: '', id: '' }
  let phase: 'ringing' | 'on' | 'silent' | 'over' = 'ringing'
  let [clockMs, audioEndMs, silentFromMs] = [0, 0, 0]
  /** Where audio ended that was too far ahead to be believed. */
  let aheadMs = FOREVER
  let isVoicemail = false
  let callers: string[] = []
  /** Who is at which end of the call. */
  const ends = new Map<string, string | undefined>()
  let gate = { sequence: 0, isOpen: true, isOpening: false, isShut: false, askedMs: 0, deadlineMs: 0 }
  let asked: { effects: readonly Effect[] } = { effects: [] }

  const speaks = prompts && callType !== 'emergency'
  const isExcluded = ({ settings, rules }: Policy, isCaller: boolean): boolean => {
    if (settings.mode === 'never' || ['fax', 'whisper', 'voicemail-retrieval'].includes(callType ?? '')) return true
    if ((callType === 'emergency' && !rules.recordEmergency) || (isVoicemail && !settings.voicemail)) return true
    const { outboundInternal, outboundExternal, inboundInternal, inboundExternal } = settings.calls
    const [internal, external] = isCaller ? [outboundInternal, outboundExternal] : [inboundInternal, inboundExternal]
    return !((internal && (callType === 'internal' || callType === null)) || (external && callType !== 'internal'))
  }
  const isAnnounced = ({
    settings: {
      startStopAnnouncement: { internal, pstn },
    },
  }: Policy): boolean => callType !== 'emergency' && ((internal && (callType === 'internal' || callType === null)) || (pstn && callType !== 'internal'))

  const enter = (userId: string | undefined, isCaller: boolean, atMs: number): void => {
    const policy = userId === undefined ? undefined : policies[userId]
    if (policy === undefined) return
    const known = owners.get(policy.ownerId)
    if (known !== undefined && known.place !== 'out') return
    const owner: Owner = {
      policy,
      place: 'out',
      isResume: false,
      isMuted: false,
      isTold: false,
      promptId: null,
      fromMs: atMs,
      sinceMs: atMs,
      spans: known?.spans ?? [],
    }
    owners.set(policy.ownerId, owner)
    if (isExcluded(policy, isCaller) || failed.has(policy.ownerId)) return
    if (policy.settings.mode === 'on-demand-user-start') owner.place = 'standby'
    else begin(owner, atMs)
  }
  const failed = new Set<string>()
  const fail = (owner: Owner): void => {
    owner.place = owner.policy.settings.mode === 'on-demand-user-start' ? 'standby' : 'out'
    if (owner.place === 'out') failed.add(owner.policy.ownerId)
  }
  const begin = (owner: Owner, atMs: number, isMuted = false): void => {
    Object.assign(owner, { place: 'prompt', isResume: false, isMuted, isTold: false, promptId: null, fromMs: atMs, sinceMs: atMs })
    if (!isAnnounced(owner.policy)) return goOn(owner, atMs)
    const open = [...deadlines.keys()].findLast((id) => kinds.get(id) === 'recording-started')
    if (open === undefined) return fail(owner)
    owner.promptId = open
  }
  const goOn = (owner: Owner, atMs: number): void => {
    owner.fromMs = Math.max(owner.fromMs, atMs)
    owner.place = owner.isMuted ? 'off' : 'gate'
    if (owner.isMuted) Object.assign(owner, { sinceMs: owner.fromMs, isTold: owner.isTold || isSettled() })
    else if (gate.isOpen) capture(owner)
  }
  /** Nothing more can be overheard, or the gate stays open for somebody else. */
  const isSettled = (): boolean => gate.isOpen || gate.isOpening || gate.isShut
  const tellPauses = (): void => {
    for (const owner of owners.values()) if (owner.place === 'off') owner.isTold = true
  }
  const shut = (): void => {
    gate = { ...gate, isShut: true }
    tellPauses()
  }
  const capture = (owner: Owner): void => {
    owner.place = 'on'
    owner.isTold = false
    owner.sinceMs = owner.fromMs
    owner.spans.push({ fromMs: owner.fromMs, toMs: FOREVER })
  }
  const cut = (owner: Owner, atMs: number): void => {
    owner.spans = owner.spans.filter((span) => span.fromMs < atMs).map(({ fromMs, toMs }) => ({ fromMs, toMs: Math.min(toMs, atMs) }))
  }
  const cutSealed = (owner: Owner, atMs: number): void => cut(owner, Math.max(atMs, sealedMs.get(owner.policy.ownerId) ?? 0))
  const kinds = new Map<string, string>()

  const press = (event: Extract<CallEvent, { type: `control.${string}` }>): void => {
    const owner = owners.get(event.data.userId ?? '')
    if (owner === undefined) return
    const believedMs = event.type === 'control.start' || event.type === 'control.resume' ? 120_000 : 10_000
    const atMs = Math.max(owner.sinceMs, Math.min(event.data.atMs ?? clockMs, clockMs + believedMs))
    switch (event.type) {
      case 'control.start':
        return owner.place === 'standby' ? begin(owner, atMs) : undefined
      case 'control.stop':
        if (owner.place === 'on') cut(owner, atMs)
        return void Object.assign(owner, { place: 'standby', sinceMs: atMs, isTold: false })
      case 'control.pause':
        if (owner.place === 'prompt' && !owner.isResume) return void (owner.isMuted = true)
        if (owner.place === 'on') cut(owner, atMs)
        owner.isTold ||= isSettled()
        return void Object.assign(owner, { place: 'off', sinceMs: owner.place === 'gate' && !owner.isResume ? Math.max(owner.fromMs, atMs) : atMs })
      case 'control.resume': {
        if (owner.place === 'prompt') return void (owner.isMuted = false)
        Object.assign(owner, { place: 'prompt', isResume: true, isMuted: false, fromMs: atMs, sinceMs: atMs })
        if (!owner.isTold || !speaks || owner.policy.settings.pauseResumeNotification === 'none') return goOn(owner, atMs)
        owner.promptId = commands(asked, 'prompt.play').find(({ prompt }) => prompt.startsWith('re') && prompt !== 'recording-paused')?.promptId ?? null
      }
    }
  }
  const finish = (promptId: string, toMs: number | null): void => {
    if (!deadlines.delete(promptId)) return
    for (const owner of owners.values()) {
      if (owner.place !== 'prompt' || owner.promptId !== promptId) continue
      if (toMs === null && !owner.isResume) fail(owner)
      else goOn(owner, toMs ?? owner.fromMs)
    }
  }
  const opened = (atMs: number): void => {
    gate = { ...gate, isOpen: true, isOpening: false }
    // Whoever waited for it in a silent call is recorded when the call goes on.
    if (phase === 'silent') return
    for (const owner of owners.values()) {
      if (owner.place !== 'gate') continue
      owner.fromMs = Math.max(owner.fromMs, atMs)
      capture(owner)
    }
  }
  /** Every run of a made-up message lies at the same time, and says nothing of when it was made. */
  const hear = (fromMs: number, toMs: number): void => {
    const isFar = fromMs > clockMs + 30_000
    if (isFar && !(fromMs >= aheadMs && fromMs <= aheadMs + 30_000 && toMs > aheadMs)) return void (aheadMs = toMs)
    aheadMs = FOREVER
    clockMs = Math.max(clockMs, toMs)
    if (toMs > fromMs) audioEndMs = Math.max(audioEndMs, toMs)
  }
  const passed = (nowMs: number): void => {
    for (const [id, deadlineMs] of deadlines) if (nowMs >= deadlineMs) finish(id, null)
    if (gate.isOpening && nowMs >= gate.deadlineMs) opened(gate.askedMs)
    if (!isSettled() && nowMs >= gate.deadlineMs) shut()
  }
  const idle = (): void => {
    phase = 'silent'
    silentFromMs = clockMs
    deadlines.clear()
    for (const owner of owners.values()) {
      cutSealed(owner, audioEndMs)
      owner.isTold = false
    }
  }
  const revive = (atMs: number): void => {
    phase = 'on'
    for (const owner of owners.values()) {
      if (owner.place === 'out') continue
      const waits = owner.place === 'prompt' || owner.place === 'gate'
      owner.sinceMs = Math.max(waits ? owner.fromMs : owner.sinceMs, atMs, silentFromMs)
      owner.fromMs = owner.sinceMs
      if (owner.place === 'off') owner.isTold = isSettled()
      if (owner.place === 'on') capture(owner)
      if (!waits) continue
      if (owner.isResume) goOn(owner, owner.sinceMs)
      else begin(owner, owner.sinceMs, owner.isMuted)
    }
  }
  const take = (event: Exclude<CallEvent, { type: 'media' | 'timer.due' }>, atMs: number): void => {
    switch (event.type) {
      case 'call.started':
        callers = event.data.participants.filter(({ role }) => role === 'originating').map(({ participantId }) => participantId)
        return
      case 'call.answered': {
        phase = 'on'
        isVoicemail = event.data.by.kind === 'voicemail'
        for (const id of callers) ends.set(id, id)
        ends.set(event.data.by.participantId, event.data.by.kind === 'voicemail' ? event.data.by.userId : event.data.by.participantId)
        for (const [id, userId] of ends) enter(userId, callers.includes(id), 0)
        for (const { streamId } of event.data.streams) trackEnds.set(streamId, FOREVER)
        return
      }
      case 'participant.joined':
        if (phase === 'silent') revive(atMs)
        ends.set(event.data.participant.participantId, event.data.participant.userId)
        return enter(event.data.participant.userId, event.data.participant.role === 'originating', atMs)
      case 'participant.left': {
        const userId = ends.get(event.data.participantId)
        ends.delete(event.data.participantId)
        const owner = owners.get(userId ?? '')
        if (owner === undefined || owner.place === 'out' || [...ends.values()].includes(userId)) return
        if (phase === 'on' && (owner.place === 'on' || owner.place === 'off' || owner.isResume)) cutSealed(owner, atMs)
        owner.place = 'out'
        return
      }
      case 'stream.added':
      case 'stream.changed':
      case 'call.held':
      case 'call.retrieved':
        return phase === 'silent' ? revive(atMs) : undefined
      case 'prompt.finished':
        return finish(event.data.promptId, event.data.outcome === 'played' ? Math.min(event.data.toMs ?? 0, clockMs + 10_000) : null)
      case 'gate.closed':
        return !isSettled() && gate.sequence === event.data.sequence ? shut() : undefined
      case 'gate.opened':
        return gate.isOpening && gate.sequence === event.data.sequence ? opened(atMs) : undefined
      case 'call.ended': {
        if (phase === 'silent') return void (phase = 'over')
        phase = 'over'
        const endMs = Math.max(atMs, ...event.data.finalSamples.map(({ sampleOffset }) => Math.ceil(sampleOffset / 8)))
        for (const owner of owners.values()) {
          cutSealed(owner, endMs)
          owner.place = 'out'
        }
        return
      }
      case 'control.start':
      case 'control.stop':
      case 'control.pause':
      case 'control.resume':
        if (phase === 'silent') revive(clockMs)
        return press(event)
    }
  }

  function note(effects: readonly Effect[], nowMs: number): void {
    asked = { effects }
    for (const { promptId, prompt, atMs, expiresAtMs } of commands(asked, 'prompt.play')) {
      kinds.set(promptId, prompt)
      deadlines.set(promptId, Math.max(expiresAtMs ?? atMs, nowMs) + 15_000)
    }
    for (const effect of effectsOf(asked, 'command')) {
      const { command } = effect
      if (command.type !== 'gate.open' && command.type !== 'gate.close') continue
      const { sequence, atMs } = command.data
      gate = { sequence, isOpen: false, isOpening: command.type === 'gate.open', isShut: false, askedMs: atMs, deadlineMs: Math.max(atMs, nowMs) + 5_000 }
    }
  }
  function sealed(): void {
    for (const { segment } of effectsOf(asked, 'segment.sealed')) sealedMs.set(segment.ownerId, Math.max(sealedMs.get(segment.ownerId) ?? 0, segment.toMs))
  }

  return {
    allowed: (ownerId) => (owners.get(ownerId)?.spans ?? []).reduce<IntervalSet>((set, { fromMs, toMs }) => add(set, fromMs, toMs), []),
    observe: (event, effects) => {
      if (event.type === 'timer.due') {
        note(effects, clockMs)
        if (event.data.after.id !== last.id || event.data.after.source !== last.source) return
        if (phase === 'on') passed(event.data.atMs)
        if (phase === 'silent' && event.data.atMs - clockMs >= 30 * idleMs()) phase = 'over'
        if (phase === 'on' && event.data.atMs - clockMs >= idleMs()) idle()
        return sealed()
      }
      Object.assign(last, { source: event.source, id: event.id })
      const isMedia = event.type === 'media'
      const isIgnored = effects.some(
        (effect) =>
          (!isMedia && (effect.kind === 'dead-letter' || (effect.kind === 'counted' && effect.what === 'duplicate-event'))) ||
          (effect.kind === 'command' && effect.command.type === 'control.rejected'),
      )
      const atMs = isMedia || !('atMs' in event.data) || typeof event.data.atMs !== 'number' ? clockMs : event.data.atMs
      if (!isIgnored && phase !== 'ringing' && !isMedia && !event.type.startsWith('control.')) clockMs = Math.max(clockMs, atMs)
      if (isMedia) {
        const runs = event.runs.filter(({ streamId }) => trackEnds.has(streamId))
        const fresh = runs.filter(({ offset, sampleCount }) => sampleCount > 0 && (offset + sampleCount) / 8 > silentFromMs)
        if (phase === 'silent' && fresh.length > 0) {
          note(effects, Math.max(clockMs, ...fresh.map(({ offset }) => offset / 8)))
          revive(Math.min(...fresh.map(({ offset }) => offset / 8)))
          clockMs = Math.max(clockMs, ...fresh.map(({ offset }) => offset / 8))
        }
        const [first] = runs
        if (first !== undefined) hear(first.offset / 8, (first.offset + first.sampleCount) / 8)
      }
      note(effects, clockMs)
      if (!isMedia && !isIgnored) take(event, atMs)
      if (effectsOf(asked, 'command').some(({ command }) => command.type === 'gate.open')) tellPauses()
      if (phase === 'on') passed(clockMs)
      sealed()
    },
  }

  function idleMs(): number {
    return ([...owners.values()][0]?.policy.rules.idleEndSeconds ?? 120) * 1_000
  }
}
