import { told, type Finding } from '@twinreel/oracle/finding'

export interface Spoiled {
  what: string
  /** The recording that a finding must name; `null` when none can be named. */
  recordingId: string | null
  /** What its message must say. */
  saying: string
  find(): Promise<readonly Finding[]>
}

/** A claim about the data directory, with spoiled copies of it on which it must be found untrue. */
export interface Check {
  claim: string
  spoiled: readonly Spoiled[]
  find(): Promise<readonly Finding[]>
}

export interface Verdict {
  claim: string
  /** Nothing was found, and on each spoiled copy something was. */
  holds: boolean
  /** `found`: the finding, or `null` when the check was blind. */
  spoiled: { what: string; found: string | null }[]
  findings: string[]
}

/** Tries the check on its spoiled copies first: a check that can't fail says nothing. */
export async function judge(check: Check): Promise<Verdict> {
  const spoiled: Verdict['spoiled'] = []
  for (const { what, recordingId, saying, find } of check.spoiled) {
    const finding = (await find()).find((one) => one.recordingId === recordingId && one.message.includes(saying))
    spoiled.push({ what, found: finding === undefined ? null : told(finding) })
  }
  const findings = (await check.find()).map(told)
  return { claim: check.claim, holds: findings.length === 0 && spoiled.every(({ found }) => found !== null), spoiled, findings }
}

export function verdictText({ claim, holds, spoiled, findings }: Verdict): string {
  const lines = spoiled.map(({ what, found }) => (found === null ? `    where ${what}: NOT FOUND, the check is blind` : `    where ${what}: ${found}`))
  const blind = spoiled.filter(({ found }) => found === null).length
  const tried = `    on ${spoiled.length} spoiled copies it ${blind === 0 ? 'failed, as it must' : `was blind ${blind} times`}:`
  return [
    `  ${holds ? 'holds' : 'DOES NOT HOLD'}: ${claim}`,
    tried,
    ...lines.map((line) => `  ${line}`),
    ...findings.map((finding) => `    FOUND: ${finding}`),
  ].join('\n')
}
