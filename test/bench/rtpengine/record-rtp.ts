import { setTimeout as delay } from 'node:timers/promises'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startDaemon, type Daemon } from './daemon.ts'
import { countRtpPackets } from './pcap.ts'
import { connectCall, PACKET_BYTES, PACKET_MS, type RtpStream } from './rtp-call.ts'

/** What rtpengine needed for calls that it relayed and recorded in real time. */
export interface RtpengineFigures {
  version: string
  calls: number
  seconds: number
  callMinutes: number
  /** From the first packet to the last pcap file closed. */
  mediaCpuMs: number
  /** Start, offers and answers: not in `mediaCpuMs`. */
  setUpCpuMs: number
  /** Every one of them was found in the files. */
  packets: number
  relayedPackets: number
  /** How long sending took; more than was asked for when the machine could not keep up. */
  sendSeconds: number
}

/**
 * Has rtpengine record `calls` calls of two PCMU streams for `seconds` in real time, the packets of all streams evenly spread over each 20 ms. Only the daemon's
 * CPU is counted; this process sends. Throws when a packet is missing from the files, because then nothing was measured.
 */
export async function recordRtp(options: { recordingDir: string; calls: number; seconds: number }): Promise<RtpengineFigures> {
  const { recordingDir, calls, seconds } = options
  mkdirSync(recordingDir, { recursive: true })
  const daemon = await startDaemon(recordingDir)
  const streams: RtpStream[] = []
  try {
    for (let index = 0; index < calls; index++) streams.push(...(await connectCall(daemon.control, index)))
    const setUpCpuMs = daemon.cpuMs()
    const startedMs = performance.now()
    const sentPackets = await sendInRealTime(streams, (seconds * 1_000) / PACKET_MS)
    const sendSeconds = (performance.now() - startedMs) / 1_000
    const relayed = () => streams.reduce((sum, stream) => sum + stream.received(), 0)
    await waitFor(() => relayed() === sentPackets)
    await hangUp(daemon, calls)
    const pcaps = join(recordingDir, 'pcaps')
    await waitFor(() => existsSync(pcaps) && countRtpPackets(pcaps, PACKET_BYTES).packets >= sentPackets)
    const mediaCpuMs = daemon.cpuMs() - setUpCpuMs
    const { files, packets } = countRtpPackets(pcaps, PACKET_BYTES)
    if (packets !== sentPackets || files !== calls)
      throw new Error(`rtpengine recorded ${packets} of ${sentPackets} packets in ${files} of ${calls} files: its figure would mean nothing`)
    return {
      version: daemon.version,
      calls,
      seconds,
      callMinutes: (calls * seconds) / 60,
      mediaCpuMs,
      setUpCpuMs,
      packets,
      relayedPackets: relayed(),
      sendSeconds,
    }
  } finally {
    for (const stream of streams) stream.close()
    await daemon.stop()
  }
}

/** Packet n of all goes out on stream n modulo their number, when it is due; answers how many went. */
async function sendInRealTime(streams: readonly RtpStream[], packetsEach: number): Promise<number> {
  const total = streams.length * packetsEach
  const packetsPerMs = streams.length / PACKET_MS
  const startedMs = performance.now()
  let sent = 0
  while (sent < total) {
    const due = Math.min(total, Math.floor((performance.now() - startedMs) * packetsPerMs))
    while (sent < due) streams[sent++ % streams.length]?.sendPacket()
    await delay(1)
  }
  return sent
}

async function hangUp(daemon: Daemon, calls: number): Promise<void> {
  for (let index = 0; index < calls; index++) await daemon.control.ask({ command: 'delete', 'call-id': `bench-${index}`, 'from-tag': 'a', 'delete delay': 0 })
}

/** What does not come within some seconds is left to the check that follows. */
async function waitFor(holds: () => boolean): Promise<void> {
  for (const untilMs = performance.now() + 5_000; !holds() && performance.now() < untilMs;) await delay(20)
}
