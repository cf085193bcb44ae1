import { comeToEnd, GATE_WITHIN_MS, PROMPT_WITHIN_MS, waitedMs } from './asked.ts'
import { blame, type CallWatch, type StreamWatch } from './call-watch.ts'
import { holdsNumber } from './masked.ts'
import { told } from './told.ts'
import { seconds } from './watch-time.ts'

const ENOUGH_MESSAGES = 10
const SMALL_BATCH_MS = 250
const ENOUGH_AUDIO_MS = 10_000

/**
 * What only the whole call tells. `isOver`: nothing more can come of it. `home`: the partition where the key belongs. `hasCommands`: the commands were read, too;
 * `hasEveryCommand`: and none of them was forgotten.
 */
export function closeCall(
  call: CallWatch,
  { isOver, home, hasCommands, hasEveryCommand }: { isOver: boolean; home: number | null; hasCommands: boolean; hasEveryCommand: boolean },
): void {
  const at = call.last
  if (call.partitions.size > 1) blame(call, 'partitions-spread', at, told`partitions ${[...call.partitions].toSorted((a, b) => a - b).join(', ')}`)
  else if (home !== null && call.partitions.size === 1 && !call.partitions.has(home))
    blame(call, 'wrong-partitioner', at, told`partition ${[...call.partitions].join('')}, expected ${home}`)
  if ([...call.numbers].some((number) => holdsNumber(call.callId, number)))
    blame(call, 'call-id-is-a-number', at, told`it holds a number of somebody in the call`)
  if (call.earlyMedia !== null) blame(call, 'missing-answer', call.earlyMedia, told`audio, and never an answer`)
  if (call.phase !== 'ended' && call.phase !== 'unseen' && (isOver || call.isIdleEnded)) blame(call, 'missing-end', at, told`this was its last message`)
  if (call.answeredAt !== null) closeAnswered(call, call.answeredAt)
  if (hasCommands) closeAnswers(call, at, hasEveryCommand)
}

function closeAnswered(call: CallWatch, answer: { id: string; position: string }): void {
  if (!call.isAnyKnown && !call.isPartial) blame(call, 'nobody-known', answer, told`no participant has userId or platform`)
  const streams = [...call.streams.values()]
  if (streams.length === 0) blame(call, 'no-streams', answer, told`streams is empty`)
  else if (!streams.some(({ participantIds }) => call.answererId === null || participantIds.includes(call.answererId)))
    blame(call, 'answerer-without-stream', answer, told`no stream has the participantId of by`)
  const { audio, spanMs, single, several } = call.batches
  if (audio >= ENOUGH_MESSAGES && spanMs / audio < SMALL_BATCH_MS)
    blame(call, 'batch-too-small', call.last, told`${audio} messages of ${Math.round(spanMs / audio)} ms on average`)
  if (single >= ENOUGH_MESSAGES && single > several * 9 && streams.filter(({ runs }) => runs > 0).length > 1)
    blame(call, 'streams-in-separate-messages', call.last, told`${single} messages of one stream after one of another, ${several} of several`)
  for (const stream of streams) closeStream(call, stream)
}

function closeStream(call: CallWatch, stream: StreamWatch): void {
  const name = told`stream ${stream.streamId}`
  if (stream.runs === 0) {
    if (!call.isSealed && call.clockMs - stream.fromMs > ENOUGH_AUDIO_MS)
      blame(call, 'stream-never-sent', call.last, told`${name}, in a call of ${seconds(call.clockMs)}`)
    return
  }
  const { big, little, samples } = stream.roughness
  if (samples >= 4_000 && little * 3 < big)
    blame(call, 'wrong-byte-order', call.last, told`${name}: ${Math.round(big / Math.max(little, 1))} times smoother when read as little-endian`)
  if (stream.pace === null) return
  const { firstMs, firstAudioMs, lastMs, lastAudioMs } = stream.pace
  const [passedMs, spokenMs] = [lastMs - firstMs, lastAudioMs - firstAudioMs]
  if (passedMs < ENOUGH_AUDIO_MS) return
  const drift = told`${name}: ${seconds(spokenMs)} of audio in ${seconds(passedMs)}`
  if (spokenMs > passedMs * 1.5 || spokenMs * 1.5 < passedMs) blame(call, 'wrong-sample-rate', call.last, drift)
  else if (Math.abs(spokenMs - passedMs) > Math.max(2_000, passedMs / 100)) blame(call, 'clock-drift', call.last, drift)
}

function closeAnswers(call: CallWatch, at: { id: string; position: string }, hasEveryCommand: boolean): void {
  comeToEnd(call)
  for (const [promptId, asked] of call.prompts) {
    const answer = call.finished.get(promptId)
    const ms = waitedMs(call, asked, answer)
    if (ms > PROMPT_WITHIN_MS)
      blame(
        call,
        'prompt-unanswered',
        { id: answer?.id ?? at.id, position: asked.position },
        answer === undefined ? told`never answered` : told`answered after ${seconds(ms)}`,
      )
  }
  for (const [sequence, asked] of call.gates) {
    // Whoever answers a later one has done with this.
    const answers = [...call.gatesAnswered].filter(([answered]) => answered >= sequence).map(([, answer]) => waitedMs(call, asked, answer))
    const ms = answers.length === 0 ? waitedMs(call, asked, undefined) : Math.min(...answers)
    if (ms <= GATE_WITHIN_MS) continue
    const detail = answers.length === 0 ? told`sequence ${sequence}` : told`sequence ${sequence}: answered after ${seconds(ms)}`
    blame(call, 'gate-unanswered', { id: at.id, position: asked.position }, detail)
  }
  if (call.isPartial || !hasEveryCommand) return
  for (const [promptId, answer] of call.finished)
    if (!call.prompts.has(promptId)) blame(call, 'prompt-never-asked', answer, told`no prompt.play has its promptId`)
  for (const [sequence, answer] of call.gatesAnswered) if (!call.gates.has(sequence)) blame(call, 'gate-never-asked', answer, told`sequence ${sequence}`)
}
