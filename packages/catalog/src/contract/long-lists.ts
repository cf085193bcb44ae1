import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { valuesTable } from '../values-table.ts'
import { bench, type MakeCatalog } from './setup.ts'

/** Whatever has a meaning in an array's text or in a statement's, and what nobody thinks of. */
const text = fc.oneof(
  fc.constantFrom('', 'NULL', 'null', '{}', '"', '\\', '\\"', ',', "'", '$1', ' a ', 'é', '😀'),
  fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', '').toWellFormed()),
)
const rows = fc.array(
  fc.record({
    correlation_id: fc.option(text),
    time_zero_ms: fc.option(fc.maxSafeInteger()),
    opened_offset: fc.maxSafeInteger(),
    call_type: fc.constant(null),
  }),
  { minLength: 1, maxLength: 12, size: 'max' },
)
const KINDS = { call_id: 'text', correlation_id: 'text', time_zero_ms: 'bigint', opened_offset: 'bigint', call_type: 'text' } as const

export function longListsContract(make: MakeCatalog): void {
  describe('lists of values', () => {
    test('are stored, found and read as they are, however long, whatever is in them', async () => {
      const { catalog } = await bench(make)
      await fc.assert(
        fc.asyncProperty(rows, async (made) => {
          await catalog.db.deleteFrom('calls').execute()
          const told = made.map((row, index) => ({ ...row, call_id: `call ${String(index).padStart(2, '0')}` }))
          const others = { org_id: 'o', direction: null, ended_log_ms: null, log_identity: '', log_partition: 0, over_offset: null }
          await catalog.db
            .insertInto('calls')
            .values(told.map((row) => ({ ...others, ...row })))
            .execute()
          const columns = ['call_id', 'correlation_id', 'time_zero_ms', 'opened_offset', 'call_type'] as const
          expect(await catalog.db.selectFrom('calls').select(columns).orderBy('call_id').execute()).toEqual(told)
          expect(
            await catalog.db
              .selectFrom(valuesTable('v', KINDS, told))
              .selectAll('v')
              .orderBy('v.call_id')
              .execute(),
          ).toEqual(told)
          const wanted = told.flatMap((row) => row.correlation_id ?? [])
          const found = wanted.length === 0 ? [] : await catalog.db.selectFrom('calls').select(columns).where('correlation_id', 'in', wanted).execute()
          expect(new Set(found)).toEqual(new Set(told.filter((row) => row.correlation_id !== null)))
        }),
        { seed: 7, numRuns: 60 },
      )
    })
  })
}
