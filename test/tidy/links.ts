import { dirname, normalize } from 'node:path/posix'
import { lineAt, type Finding, type SourceFile } from './source-file.ts'

/** Links of Markdown files into the repository: the file must exist, and the heading too. */
export function brokenLinks(files: readonly SourceFile[], exists: (path: string) => boolean): Finding[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap((file) =>
      links(file.text).flatMap(({ target, index }) => {
        const [link = '', anchor] = target.split('#', 2)
        const path = link === '' ? file.path : normalize(`${dirname(file.path)}/${decodeURIComponent(link)}`).replace(/\/$/, '')
        const line = lineAt(file.text, index)
        if (!exists(path)) return [{ path: file.path, line, message: `${target} points nowhere: there is no ${path}` }]
        const headings = byPath.get(path)
        if (anchor === undefined || anchor === '' || headings === undefined || !path.endsWith('.md') || anchors(headings.text).has(anchor)) return []
        return [{ path: file.path, line, message: `${target}: ${path} has no heading #${anchor}` }]
      }),
    )
}

function links(markdown: string): { target: string; index: number }[] {
  const prose = markdown.replaceAll(/^(```|~~~)[\s\S]*?^\1|`[^`\n]*`/gm, (code) => code.replaceAll(/[^\n]/g, ' '))
  return [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)/gm)]
    .map((match) => ({ target: match[1] ?? match[2] ?? '', index: match.index }))
    .filter(({ target }) => !/^[a-z][a-z+.-]*:/i.test(target))
}

/** The anchors GitHub gives to headings. */
function anchors(markdown: string): Set<string> {
  const seen = new Map<string, number>()
  const found = new Set<string>()
  for (const [, heading = ''] of markdown.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-')
    const times = seen.get(slug) ?? 0
    seen.set(slug, times + 1)
    found.add(times === 0 ? slug : `${slug}-${times}`)
  }
  return found
}
