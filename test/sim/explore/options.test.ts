import { expect, test } from 'vitest'
import { readCommand } from './options.ts'

test('a seed is replayed, times and numbers of seeds are explored', () => {
  expect(readCommand(['--seed', '7', '--trace'])).toEqual({ kind: 'replay', seed: 7, trace: true, json: false })
  expect(readCommand(['--for', '10m', '--jobs', '2'])).toMatchObject({ kind: 'explore', from: 1, seeds: Infinity, forMs: 600_000, jobs: 2 })
  expect(readCommand(['--seeds', '200', '--from', '5', '--json'])).toMatchObject({ kind: 'explore', from: 5, seeds: 200, json: true })
})

test('what makes no sense is said to be wrong', () => {
  expect(() => readCommand([])).toThrow('one of --seed N')
  expect(() => readCommand(['--for', '10'])).toThrow('--for is "10"')
  expect(() => readCommand(['--seed', '-1'])).toThrow('--seed')
  expect(() => readCommand(['--seeds', '3', '--trace'])).toThrow('--trace goes with --seed')
})
