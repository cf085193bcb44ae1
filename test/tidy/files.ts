import { findAll, type Finding, type SourceFile } from './source-file.ts'

const MAX_LINES = 400
const VAGUE = /(?:^|\/)(?:utils?|helpers?|misc|common|shared)(?:\.[\w.]+)?(?:\/|$)/

/** Names and sizes. */
export function fileShapes(files: readonly SourceFile[]): Finding[] {
  return files
    .filter(({ path }) => path.endsWith('.ts'))
    .flatMap(({ path, text }) => {
      const findings: Finding[] = []
      const lines = text.split('\n').length - 1
      if (lines > MAX_LINES) findings.push({ path, line: MAX_LINES + 1, message: `${lines} lines, ${MAX_LINES} allowed: divide it by concept` })
      if (/(?:^|\/)index\.ts$/.test(path))
        findings.push({ path, line: 1, message: 'no barrels: import the file that has the thing, as @twinreel/PACKAGE/FILE' })
      if (VAGUE.test(path)) findings.push({ path, line: 1, message: 'name the file by its concept: what it is about, not that it helps' })
      return findings
    })
}

/**
 * What belongs to one machine: folders of people, the place of this checkout, and where packages were downloaded from (a lock
 * file written behind a mirror would send everybody there).
 */
export function machineTraces(files: readonly SourceFile[], places: readonly string[]): Finding[] {
  const folders = new RegExp(
    `(?:/home/|/Users/|[A-Z]:\\\\Users\\\\)[\\w.-]+${places.map((place) => `|${escaped(place)}${place.endsWith('/') ? '' : '(?![\\w-])'}`).join('')}`,
    'g',
  )
  const registry = /\bhttps?:\/\/[^\s/'"]*\b(?:registry|npm|mirror|artifactory|nexus|verdaccio)\b[^\s'"]*|^[ \t]*registry\s*=.*|\btarball:.*/gm
  return files
    .filter(({ path }) => !path.startsWith('test/tidy/'))
    .flatMap(({ path, text }) => [
      ...findAll(path, text, folders, (match) => `${match}: a path of one machine; write it relative to the repository or to --data`),
      ...findAll(
        path,
        text,
        registry,
        (match) => `${match}: where packages come from is each machine’s own setting; take it out (for the lock file: install with the public registry)`,
      ),
    ])
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
