/** What timelines need for themselves: no user or party is called so. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set([
  'call',
  'all',
  'next',
  'every',
  'hang',
  'voicemail',
  'publisher',
  'gate',
  'icon',
  'no',
  'dead',
  'asked',
  'silence',
  'nothing',
])
