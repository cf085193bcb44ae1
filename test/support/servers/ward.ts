import { systemClock } from '@twinreel/service/clock'
import { bringDown } from '@twinreel/twinreel/dev/down'

// Ends the servers of a directory when the process that started this one is gone, however it went: its end of the pipe is closed then.
const [directory = ''] = process.argv.slice(2)
process.stdin.once('end', () => void bringDown({ directory, purge: true, clock: systemClock })).resume()
