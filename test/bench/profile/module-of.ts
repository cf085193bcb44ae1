const GROUPS: readonly (readonly [prefix: RegExp, group: string])[] = [
  [/^@(?:aws-sdk|aws-crypto|smithy|aws)\//, 'aws-sdk'],
  [/^(?:pg|pg-.*|pgpass|postgres-.*)$/, 'pg'],
]

/** Whose file this is: one of ours by folder, or a package; `null` for what belongs to nobody in particular (node's own files, native functions). */
export function moduleOf(url: string): string | null {
  const own = /\/(?:packages|services)\/([\w-]+)\/src\/(?:([\w-]+)\/)?/.exec(url)
  if (own !== null && !url.includes('/node_modules/')) return own[2] === undefined ? `${own[1]}` : `${own[1]}/${own[2]}`
  if (/\/test\/bench\//.test(url)) return 'bench'
  const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
  if (name === undefined) return null
  return GROUPS.find(([prefix]) => prefix.test(name))?.[1] ?? name
}
