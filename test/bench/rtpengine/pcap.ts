import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const FILE_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16
const IP_AND_UDP_BYTES = 28

/** How many RTP packets of this length the pcap files (raw IPv4) of a directory hold, in how many files. A damaged file is an error. */
export function countRtpPackets(directory: string, rtpBytes: number): { files: number; packets: number } {
  const names = readdirSync(directory).filter((name) => name.endsWith('.pcap'))
  const packets = names.reduce((sum, name) => sum + countInFile(join(directory, name), rtpBytes), 0)
  return { files: names.length, packets }
}

function countInFile(path: string, rtpBytes: number): number {
  const file = readFileSync(path)
  if (file.length < FILE_HEADER_BYTES || file.readUInt32LE(0) !== 0xa1b2c3d4) throw new Error(`${path} is no pcap file`)
  let packets = 0
  for (let at = FILE_HEADER_BYTES; at < file.length;) {
    const kept = at + RECORD_HEADER_BYTES <= file.length ? file.readUInt32LE(at + 8) : Number.POSITIVE_INFINITY
    const end = at + RECORD_HEADER_BYTES + kept
    if (end > file.length) throw new Error(`${path} breaks off in a packet at byte ${at}`)
    if (kept === IP_AND_UDP_BYTES + rtpBytes) packets++
    at = end
  }
  return packets
}
