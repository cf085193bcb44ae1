import type { CallCommand } from '@twinreel/contracts/call-commands'
import { isNewGate, takeDue, turnGate } from '@twinreel/publisher/pace'
import { isFirst } from '@twinreel/publisher/remembered'
import { openStream, takeRanges } from '@twinreel/publisher/streams'
import { performAction } from './platform-actions.ts'
import { flush, hangUp, publish, type PlatformCall, type PlatformOutput } from './platform-state.ts'
import { enqueue, finishPlaying } from './prompt-queue.ts'

/** The next thing that happens until call time `untilMs`, or `null` when nothing does: then the clock stands at `untilMs`. */
export function nextOutput(call: PlatformCall, untilMs: number): PlatformOutput | null {
  for (;;) {
    const happened = call.outbox.shift()
    if (happened !== undefined) return happened
    const dueMs = nextDueMs(call)
    if (dueMs === null) return null
    if (dueMs > untilMs) {
      call.clockMs = Math.max(call.clockMs, untilMs)
      return null
    }
    call.clockMs = dueMs
    pass(call)
  }
}

/** Does what the recorder asks, at the call's present time. A command that came before, or after the hang-up, changes nothing. */
export function obey(call: PlatformCall, id: string, command: CallCommand): void {
  if (call.phase !== 'talking' || !isFirst(call.obeyed, id)) return
  const { capabilities } = call.plan
  switch (command.type) {
    case 'prompt.play':
      if (capabilities.prompts === 'obeys') sayFinished(call, enqueue(call.prompts, command.data, call.clockMs, call.rules))
      return
    case 'indicator.update':
      if (capabilities.indicator) call.indicators.set(command.data.userId, command.data.indicator)
      return
    case 'gate.close':
    case 'gate.open':
      if (capabilities.gate && isNewGate(call.gate, command.data.sequence)) obeyGate(call, command.type === 'gate.open', command.data.sequence)
      return
    case 'call.release':
      hangUp(call, 'released')
      return
    case 'control.rejected':
    case 'event.handled':
      return
  }
}

function nextDueMs(call: PlatformCall): number | null {
  switch (call.phase) {
    case 'new':
      return -call.plan.ringMs
    case 'ringing':
      return Math.min(0, call.agenda[call.nextAction]?.dueMs ?? 0)
    case 'talking': {
      const actionMs = call.agenda[call.nextAction]?.dueMs ?? Infinity
      const nextMs = Math.min(call.nextMediaMs, call.prompts.playing?.reportMs ?? Infinity, call.lateGate?.dueMs ?? Infinity)
      return Math.min(Math.max(nextMs, call.awayUntilMs), actionMs)
    }
    case 'ended':
      return null
  }
}

/** What happens now. Audio goes first, so that whatever else happens at the same time finds the call's audio up to there in the log. */
function pass(call: PlatformCall): void {
  const { plan } = call
  if (call.phase === 'new') {
    call.phase = 'ringing'
    const participants = plan.participants.map(({ voice: _, ...participant }) => participant)
    const { orgId, callId, direction, callType, about, capabilities } = plan
    publish(call, {
      type: 'call.started',
      data: { orgId, callId, direction, ...(callType === null ? {} : { callType }), ...about, participants, capabilities },
    })
  } else if (call.phase === 'ringing' && call.clockMs < 0) {
    performNext(call)
  } else if (call.phase === 'ringing') {
    call.phase = 'talking'
    call.streams.push(...plan.streams.map((stream) => openStream(stream, 0)))
    const mailboxUser = plan.answeredBy.kind === 'voicemail' ? plan.answeredBy.userId : undefined
    for (const userId of [...plan.participants.map((participant) => participant.userId), plan.pickUp?.userId, mailboxUser])
      if (userId !== undefined) call.users.add(userId)
    if (plan.pickUp !== undefined) {
      const { voice: _, ...participant } = plan.pickUp
      publish(call, { type: 'participant.joined', data: { participant, streams: [], reason: 'pickup' } })
    }
    publish(call, { type: 'call.answered', data: { by: plan.answeredBy, streams: plan.streams } })
  } else if (call.clockMs < call.awayUntilMs) {
    performNext(call)
  } else if (call.nextMediaMs <= call.clockMs) {
    call.outbox.push({ kind: 'media', atMs: call.clockMs, ranges: takeDue(call, call.clockMs) })
  } else if (call.lateGate !== null && call.lateGate.dueMs <= call.clockMs) {
    const { open, sequence } = call.lateGate
    call.lateGate = null
    changeGate(call, open, sequence)
  } else if (call.prompts.playing !== null && call.prompts.playing.reportMs <= call.clockMs) {
    sayFinished(call, finishPlaying(call.prompts, call.clockMs, call.rules))
  } else performNext(call)
}

function performNext(call: PlatformCall): void {
  const next = call.agenda[call.nextAction++]
  if (next !== undefined) performAction(call, next.action)
}

function obeyGate(call: PlatformCall, open: boolean, sequence: number): void {
  const fate = call.gateFate(call.clockMs)
  call.lateGate = null
  if (fate === null) changeGate(call, open, sequence)
  else if (fate.kind === 'is-answered-late') call.lateGate = { dueMs: call.clockMs + fate.byMs, open, sequence }
}

function changeGate(call: PlatformCall, open: boolean, sequence: number): void {
  if (open !== call.gate.open) {
    // While it was shut the streams' clocks went on: what comes next begins now.
    if (open) takeRanges(call.streams, call.clockMs, false)
    else flush(call)
  }
  turnGate(call, { open, sequence }, call.clockMs)
  publish(call, { type: open ? 'gate.opened' : 'gate.closed', data: { sequence, atMs: call.clockMs } })
}

function sayFinished(call: PlatformCall, finished: ReturnType<typeof finishPlaying>): void {
  for (const data of finished) publish(call, { type: 'prompt.finished', data }, data.atMs)
}
