/** Everything that can go wrong in the simulation, by name. */
export const FAULT_KINDS = [
  // processes
  'crash-before-effect',
  'crash-after-effect',
  'crash-idle',
  'freeze-short',
  'freeze-past-session',
  'clock-jump-forward',
  'clock-jump-back',
  // the log
  'rebalance',
  'member-cut-off',
  'append-failed',
  'append-half-landed',
  'append-landed-after-error',
  'delivery-duplicated',
  'producers-reordered',
  'batch-torn',
  'read-failed',
  'log-slow',
  'log-clock-back',
  'log-trimmed-under-sleeper',
  'offset-hole',
  // the store
  'store-refused',
  'store-slow',
  'store-timed-out-after-success',
  'store-ok-with-error-inside',
  'store-key-error',
  'store-list-stale',
  'store-late-put',
  'store-disk-full',
  // the catalog
  'catalog-lost-before-commit',
  'catalog-lost-after-commit',
  'catalog-lost-between',
  'catalog-slow',
  'catalog-conflict',
  'catalog-disk-full',
  // the machine's own disk
  'spool-full',
  // the platform
  'publisher-restarted',
  'packets-lost',
  'message-repeated',
  'message-held-back',
  'end-lost',
  'control-late',
  'announcement-failed',
  // the operator
  'power-cut',
  'rolling-restart',
  'retention-killed',
  'two-retentions',
] as const

export type FaultKind = (typeof FAULT_KINDS)[number]
