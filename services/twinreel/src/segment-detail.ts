import type { SegmentRow } from '@twinreel/catalog/tables'
import type { SegmentDetail } from '@twinreel/recording/manifest'

/** What the row remembers of its seal; the recorder wrote it. */
export function storedDetail({ detail }: SegmentRow): SegmentDetail {
  return JSON.parse(detail) as SegmentDetail
}
