import { nearest } from '@twinreel/service/nearest'
import type { Problem } from './problem.ts'
import type { Path, YamlFile } from './yaml-places.ts'

/** Takes down what is wrong at a path of the file; `offset` counts into the text there. */
export interface Report {
  (path: Path, offset: number, message: string, suggestion?: string | null): void
  /** A name that nobody bears. */
  unknown(path: Path, found: string, what: string, known: readonly string[]): void
}

export function reporter(file: string, yaml: YamlFile, problems: Problem[]): Report {
  const report = (path: Path, offset: number, message: string, suggestion: string | null = null): void =>
    void problems.push({ file, ...yaml.place(path, offset), message, suggestion })
  return Object.assign(report, {
    unknown(path: Path, found: string, what: string, known: readonly string[]) {
      const near = nearest(found, known)
      report(path, 0, `there is no ${what} “${found}”`, near === null ? `there are ${known.join(', ')}` : `did you mean “${near}”?`)
    },
  })
}
