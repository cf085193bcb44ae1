import { RECORDER_METRICS } from '@twinreel/recorder/metrics'
import { RETENTION_METRICS } from '@twinreel/retention/metrics'
import type { MetricSpecs } from '@twinreel/service/metrics'
import { PROCESS_METRICS } from '@twinreel/service/observability'

/** Every metric of ours, in the order in which people read of them. */
export const METRIC_SECTIONS: readonly { title: string; metrics: MetricSpecs }[] = [
  { title: 'Every process', metrics: PROCESS_METRICS },
  { title: 'Recorder', metrics: RECORDER_METRICS },
  { title: 'Retention', metrics: RETENTION_METRICS },
]

/** The tables of docs/operating.md. */
export function metricTables(): string {
  return METRIC_SECTIONS.map(({ title, metrics }) => {
    const rows = Object.values(metrics).map(({ name, type, labels, meaning, alarm }) => {
      const labelled = labels.length === 0 ? '' : `{${labels.join(', ')}}`
      return `| \`${name}${labelled}\` | ${type} | ${meaning} | ${alarm ?? '–'} |`
    })
    return [`**${title}**`, '', '| metric | type | what | alarm when |', '|---|---|---|---|', ...rows].join('\n')
  }).join('\n\n')
}
