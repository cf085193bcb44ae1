import { describe } from 'vitest'
import { deleteContract } from './contract/delete.ts'
import type { MakeStore } from './contract/fixture.ts'
import { type KeyOrder, listContract } from './contract/list.ts'
import { putContract } from './contract/put.ts'

/**
 * What every object store must do, as tests: an adapter's own test file calls it. `makeStore` is called for each test; stores
 * may share a bucket, every test has a prefix of its own. `order`: how its listings are ordered.
 */
export function objectStoreContract(name: string, makeStore: MakeStore, order: KeyOrder = 'utf-8'): void {
  describe(`object store: ${name}`, { timeout: 60_000 }, () => {
    describe('put, head and get', () => {
      putContract(makeStore)
    })
    describe('list', () => {
      listContract(makeStore, order)
    })
    describe('delete', () => {
      deleteContract(makeStore)
    })
  })
}
