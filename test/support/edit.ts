/** A change of one file's text: `find` stands there exactly once. */
export interface Edit {
  /** From the repository's root. */
  file: string
  find: string
  replace: string
}

/** What stands in a file once an edit is made. Throws when its text is there no more, or more than once. */
export function edited(source: string, { file, find, replace }: Edit): string {
  const [before, after, ...more] = source.split(find)
  if (before === undefined || after === undefined) throw new Error(`${file} no longer contains: ${find}`)
  if (more.length > 0) throw new Error(`${file} contains ${more.length + 1} times: ${find}`)
  return before + replace + after
}
