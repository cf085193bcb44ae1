import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Answer, Question } from './child.ts'

const CHILD = new URL('child.ts', import.meta.url)

/** A process in which the core can be broken, one question at a time. */
export interface Asked {
  ask(question: Question): Promise<readonly Answer[]>
  close(): void
}

export function startAsking(): Asked {
  let running: Promise<ChildProcess> | null = null
  return {
    async ask(question) {
      const child = await (running ??= start())
      const answers = await answerOf(child, question)
      // What never came to its end may still be at work there: the next question gets a process of its own.
      if (answers.some(({ status }) => status === 'broken' || status === 'untried')) {
        child.kill('SIGKILL')
        running = null
      }
      return answers
    },
    close: () => void running?.then((child) => child.kill('SIGKILL')),
  }
}

async function start(): Promise<ChildProcess> {
  const child = fork(CHILD, [], { execArgv: ['--disable-warning=ExperimentalWarning'], silent: true })
  let said = ''
  const hear = (text: Buffer): void => void (said = (said + text.toString()).slice(-4_000))
  child.stdout?.on('data', hear)
  child.stderr?.on('data', hear)
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error(`the process did not start: ${said}`)
    }),
  ])
  return child
}

function answerOf(child: ChildProcess, question: Question): Promise<readonly Answer[]> {
  return new Promise((resolve) => {
    const settle = (answers: readonly Answer[]): void => {
      child.off('message', answered)
      child.off('exit', ended)
      resolve(answers)
    }
    let isLoaded = false
    const answered = (said: unknown): void => {
      if (said === 'loaded') isLoaded = true
      else settle(said as readonly Answer[])
    }
    const ended = (): void => settle(question.files.map((file) => ({ file, status: isLoaded ? 'broken' : 'untried', why: 'the process ended' })))
    child.on('message', answered)
    child.once('exit', ended)
    child.send(question)
  })
}
