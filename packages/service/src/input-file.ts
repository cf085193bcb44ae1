import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** A file that somebody named can't be read: which one, where in it, and what is wrong with it. */
export class InputFileError extends Error {
  /** What is wrong, without the file's name. */
  readonly problem: string
  /** `null`: it is about the file as a whole. */
  readonly lineNumber: number | null
  constructor(path: string, lineNumber: number | null, problem: string, cause?: unknown) {
    super(lineNumber === null ? `${path}: ${problem}` : `${path}, line ${lineNumber}: ${problem}`, { cause })
    this.name = 'InputFileError'
    this.problem = problem
    this.lineNumber = lineNumber
  }
}

/** A line without its line feed. */
export interface InputLine {
  /** From 1. */
  number: number
  bytes: Buffer
  /** A line feed ended it; the last one of a file may have none, or be cut short. */
  isEnded: boolean
}

const PIECE_BYTES = 256 * 1024

/** What a file begins with that is packed in a way that nobody here unpacks. */
const PACKED: readonly (readonly [readonly number[], string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'it is a zip archive, as an Excel workbook is: unpack it, or export it as text'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'it is compressed by zstd: unpack it first'],
  [[0xfd, 0x37, 0x7a, 0x58], 'it is compressed by xz: unpack it first'],
  [[0x42, 0x5a, 0x68], 'it is compressed by bzip2: unpack it first'],
]

/**
 * A file's bytes as they come, also of a pipe; one that is compressed by gzip (RFC 1952) is unpacked, whatever its name. `expected` says in errors what the file should
 * be: `a captured call`. Throws `InputFileError`.
 */
export async function* readInput(path: string, { expected }: { expected: string }): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES })
  try {
    const pieces = file[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>
    const head = await beginning(pieces)
    const packed = PACKED.find(([magic]) => magic.every((byte, index) => head[index] === byte))
    if (packed !== undefined) throw new InputFileError(path, null, `${packed[1]}; expected is ${expected}`)
    const whole = withHead(head, pieces)
    if (head[0] !== 0x1f || head[1] !== 0x8b) yield* whole
    // Whatever goes wrong is thrown where the last one is read.
    else yield* pipeline(whole, createGunzip(), () => undefined) as AsyncIterable<Buffer>
  } catch (error) {
    if (error instanceof InputFileError) throw error
    throw new InputFileError(path, null, `${fileProblem(error)}; expected is ${expected}`, error)
  } finally {
    file.destroy()
  }
}

/** A pipe may hand out single bytes. */
async function beginning(pieces: AsyncIterator<Buffer, undefined>): Promise<Buffer> {
  let head = Buffer.alloc(0)
  while (head.length < 4) {
    const { value, done } = await pieces.next()
    if (done === true || value === undefined) break
    head = Buffer.concat([head, value])
  }
  return head
}

async function* withHead(head: Buffer, pieces: AsyncIterator<Buffer, undefined>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  for (;;) {
    const { value, done } = await pieces.next()
    if (done === true || value === undefined) return
    yield value
  }
}

/** The lines of a file, one in memory at a time. Throws `InputFileError`, also for a line of more than `maxLineBytes`. */
export async function* readLines(path: string, options: { expected: string; maxLineBytes: number }): AsyncGenerator<InputLine> {
  const { expected, maxLineBytes } = options
  let number = 1
  let rest: Buffer[] = []
  let restBytes = 0
  try {
    for await (const piece of readInput(path, options)) {
      let from = 0
      for (let to = piece.indexOf(10); to !== -1; to = piece.indexOf(10, from)) {
        rest.push(piece.subarray(from, to))
        checkLength(restBytes + to - from)
        yield { number, bytes: Buffer.concat(rest), isEnded: true }
        number += 1
        rest = []
        restBytes = 0
        from = to + 1
      }
      rest.push(piece.subarray(from))
      restBytes += piece.length - from
      checkLength(restBytes)
    }
  } catch (error) {
    // What can't be opened has no lines.
    if (!(error instanceof InputFileError) || error.lineNumber !== null || number === 1) throw error
    throw new InputFileError(path, number, error.problem, error.cause)
  }
  if (restBytes > 0) yield { number, bytes: Buffer.concat(rest), isEnded: false }

  function checkLength(sizeBytes: number): void {
    if (sizeBytes > maxLineBytes) throw new InputFileError(path, number, `a line of more than ${maxLineBytes} bytes; expected is ${expected}`)
  }
}

/** In words what the system says of a file that can't be read. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
  switch (code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'ENOTDIR':
      return 'there is no such file: a part of its path is a file itself'
    case 'EISDIR':
      return 'it is a directory'
    case 'EACCES':
    case 'EPERM':
      return 'this user may not read it'
    default:
      if (code?.startsWith('Z_') === true) return 'it is compressed by gzip, and damaged or cut short'
      return `it can’t be read: ${code ?? (error instanceof Error ? error.message : String(error))}`
  }
}
