import fc from 'fast-check'
import { expect, test } from 'vitest'
import { retentionHistory, type RetentionEvent } from './retention-history.ts'
import { GO_RETENTION_MS, retentionVerdict } from './retention.ts'

const DAY = 86_400_000
const GO = { atMs: 0, kind: 'tier', tier: 'go' } as const
const ENDED = { atMs: DAY, kind: 'ended', notKept: false } as const

const told = (events: readonly RetentionEvent[]): string[] =>
  retentionHistory(events).map(
    ({ event, after }) => `${event.kind}: ${after.kind === 'due' ? `${after.dueAtMs / DAY} ${after.why}` : after.kind === 'keep' ? after.why : 'deleting'}`,
  )

test('a life on Go: due thirty days after its end, and gone', () => {
  expect(
    told([
      GO,
      { atMs: DAY - 1, kind: 'started' },
      ENDED,
      { atMs: 31 * DAY, kind: 'claimed' },
      { atMs: 31 * DAY, kind: 'purged' },
      { atMs: 31 * DAY, kind: 'certified' },
    ]),
  ).toEqual(['tier: live', 'started: live', 'ended: 31 go-tier-expired', 'claimed: deleting', 'purged: deleting', 'certified: deleting'])
})

test('an upgrade, a hold and a request change the date from then on', () => {
  expect(
    told([
      GO,
      ENDED,
      { atMs: 2 * DAY, kind: 'tier', tier: 'standard' },
      { atMs: 5 * DAY, kind: 'tier', tier: 'go' },
      { atMs: 6 * DAY, kind: 'hold-placed', holdId: 'a' },
      { atMs: 7 * DAY, kind: 'hold-placed', holdId: 'b' },
      { atMs: 8 * DAY, kind: 'hold-released', holdId: 'a' },
      { atMs: 9 * DAY, kind: 'hold-released', holdId: 'b' },
      { atMs: 10 * DAY, kind: 'deletion-requested', deletionId: 'd', dueAtMs: 12 * DAY },
      { atMs: 11 * DAY, kind: 'deletion-restored', deletionId: 'another' },
      { atMs: 11 * DAY, kind: 'deletion-restored', deletionId: 'd' },
    ]),
  ).toEqual([
    'tier: live',
    'ended: 31 go-tier-expired',
    'tier: paid-tier',
    'tier: 35 go-tier-expired',
    'hold-placed: legal-hold',
    'hold-placed: legal-hold',
    'hold-released: legal-hold',
    'hold-released: 35 go-tier-expired',
    'deletion-requested: 12 deletion-requested',
    'deletion-restored: 12 deletion-requested',
    'deletion-restored: 35 go-tier-expired',
  ])
})

test('told in any order it is the same life', () => {
  const claim = { atMs: DAY, kind: 'claimed' } as const
  expect(told([claim, { ...ENDED, notKept: true }, GO])).toEqual(['tier: live', 'ended: 1 not-kept', 'claimed: deleting'])
})

test('after each event the verdict is the rule’s on what had happened until then', () => {
  const id = fc.constantFrom('a', 'b')
  const atMs = fc.integer({ min: 0, max: 20 }).map((days) => days * DAY)
  const event: fc.Arbitrary<RetentionEvent> = fc.oneof(
    fc.record({ atMs, kind: fc.constant('tier' as const), tier: fc.constantFrom('go', 'standard', 'ai', 'odd') }),
    fc.record({ atMs, kind: fc.constant('hold-placed' as const), holdId: id }),
    fc.record({ atMs, kind: fc.constant('hold-released' as const), holdId: id }),
    fc.record({ atMs, kind: fc.constant('deletion-requested' as const), deletionId: id, dueAtMs: atMs }),
    fc.record({ atMs, kind: fc.constant('deletion-restored' as const), deletionId: id }),
  )
  fc.assert(
    fc.property(fc.array(event), fc.option(fc.record({ atMs, notKept: fc.boolean() })), (events, end) => {
      const history = retentionHistory([...events, ...(end === null ? [] : [{ ...end, kind: 'ended' as const }])])
      history.forEach(({ after }, index) => {
        // Told from the past alone, and differently: by looking back for the last word on each thing.
        const past = history.slice(0, index + 1).map(({ event: one }) => one)
        const last = <K extends RetentionEvent['kind']>(...kinds: K[]) =>
          past.findLast((one): one is Extract<RetentionEvent, { kind: K }> => (kinds as string[]).includes(one.kind))
        const isHeld = ['a', 'b'].some((holdId) => past.findLast((one) => 'holdId' in one && one.holdId === holdId)?.kind === 'hold-placed')
        const request = last('deletion-requested')
        const asked = request === undefined ? -1 : past.lastIndexOf(request)
        const isRestored = past.slice(asked + 1).some((one) => one.kind === 'deletion-restored' && one.deletionId === request?.deletionId)
        const tier = last('tier')
        const ended = last('ended')
        expect(after).toEqual(
          retentionVerdict({
            endedAtMs: ended?.atMs ?? null,
            notKept: ended?.notKept ?? false,
            tier: tier === undefined ? null : { name: tier.tier, sinceMs: tier.atMs },
            legalHold: isHeld,
            deletionDueAtMs: request === undefined || isRestored ? null : request.dueAtMs,
          }),
        )
        if (after.kind === 'due' && after.why === 'go-tier-expired') expect(after.dueAtMs).toBeGreaterThanOrEqual((tier?.atMs ?? 0) + GO_RETENTION_MS)
      })
    }),
  )
})
