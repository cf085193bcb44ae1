import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { mask } from './mask.ts'

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  path: string
  text: string
  /** The same text with the insides of comments, strings and regular expressions blanked; equal to `text` where it is no TypeScript. */
  code: string
}

export interface Finding {
  path: string
  line: number
  /** What is wrong and what to do instead. */
  message: string
}

const BINARY = /\.(?:wav|png|jpg|ico|gz|woff2?|db|jar)$/

export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, code: path.endsWith('.ts') ? mask(text) : text }
}

/** Every text file of the work tree that is not ignored, tracked or not, in a fixed order. Needs no git. */
export function readTree(root: string): SourceFile[] {
  const ignored = ignoreRules(readFileSync(join(root, '.gitignore'), 'utf8'))
  const files: SourceFile[] = []
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.name === '.git' || ignored(entry.name, entry.isDirectory())) continue
      if (entry.isDirectory()) walk(path)
      else if (entry.isFile() && !BINARY.test(entry.name)) files.push(sourceFile(path, readFileSync(join(root, path), 'utf8')))
    }
  }
  walk('')
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** The simple half of .gitignore, which is all this project uses: `folder/`, `name` and `*.ending`. */
export function ignoreRules(text: string): (name: string, isFolder: boolean) => boolean {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  for (const rule of rules) {
    if (!/^\*?[\w.-]+\/?$/.test(rule)) throw new Error(`.gitignore: ${rule} is more than this check understands; use a folder/, a name or *.ending`)
  }
  return (name, isFolder) =>
    rules.some((rule) => {
      if (rule.endsWith('/')) return isFolder && name === rule.slice(0, -1)
      return rule.startsWith('*') ? name.endsWith(rule.slice(1)) : name === rule
    })
}

/** One finding for each match of `pattern` (with flag g) in `text`. */
export function findAll(path: string, text: string, pattern: RegExp, message: (match: string) => string): Finding[] {
  return [...text.matchAll(pattern)].map((match) => ({ path, line: lineAt(text, match.index), message: message(match[0].trim()) }))
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
