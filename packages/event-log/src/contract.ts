import { describe } from 'vitest'
import { appendContract } from './contract/append.ts'
import { consumeContract } from './contract/consume.ts'
import { consumerEndContract } from './contract/consumer-end.ts'
import type { MakeLog } from './contract/fixture.ts'
import { readContract } from './contract/read.ts'
import { trimContract } from './contract/trim.ts'

/**
 * What every event log must do, as tests: an adapter's own test file calls it. `makeLog` is called for each test; logs may
 * share an engine, every topic name is fresh.
 */
export function eventLogContract(name: string, makeLog: MakeLog): void {
  describe(`event log: ${name}`, { timeout: 60_000 }, () => {
    describe('append', () => {
      appendContract(makeLog)
    })
    describe('ranges and read', () => {
      readContract(makeLog)
    })
    describe('trim', () => {
      trimContract(makeLog)
    })
    describe('consume', () => {
      consumeContract(makeLog)
    })
    describe('the end of a consumer', () => {
      consumerEndContract(makeLog)
    })
  })
}
