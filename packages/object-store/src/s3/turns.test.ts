import { expect, test } from 'vitest'
import { turnsByKey } from './turns.ts'

test('works for one key one after another, also after a failure, and for different keys at once', async () => {
  const inTurn = turnsByKey()
  const steps: string[] = []
  const gates = new Map<string, () => void>()
  const work = (name: string) => async () => {
    steps.push(`${name} begins`)
    await new Promise<void>((resolve) => gates.set(name, resolve))
    steps.push(`${name} ends`)
    return name
  }
  const first = inTurn('a', work('a1'))
  const failing = inTurn('a', () => Promise.reject(new Error('no')))
  const third = inTurn('a', work('a3'))
  const other = inTurn('b', work('b1'))
  await expect.poll(() => steps).toEqual(['a1 begins', 'b1 begins'])
  gates.get('a1')?.()
  expect(await first).toBe('a1')
  await expect(failing).rejects.toThrow('no')
  await expect.poll(() => steps).toEqual(['a1 begins', 'b1 begins', 'a1 ends', 'a3 begins'])
  gates.get('a3')?.()
  gates.get('b1')?.()
  expect(await Promise.all([third, other])).toEqual(['a3', 'b1'])
})
