/** Call time as people read it: `00:05.250`, `1:02:03.004` of longer calls, and `-00:01.000` for a second before the answer. */
export function writeCallTime(ms: number): string {
  const whole = Math.round(Math.abs(ms))
  const two = (value: number): string => String(value).padStart(2, '0')
  const [hours, minutes, seconds] = [Math.floor(whole / 3_600_000), Math.floor(whole / 60_000) % 60, Math.floor(whole / 1_000) % 60]
  const clock = `${two(minutes)}:${two(seconds)}.${String(whole % 1_000).padStart(3, '0')}`
  return `${ms < 0 ? '-' : ''}${hours === 0 ? '' : `${hours}:`}${clock}`
}
