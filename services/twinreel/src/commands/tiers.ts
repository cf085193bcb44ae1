import type { Command } from 'commander'
import { addCommand } from '../program.ts'
import { addTiersCheck } from './tiers-check.ts'
import { addTiersHistory } from './tiers-history.ts'
import { addTiersMove } from './tiers-move.ts'

export function addTiers(program: Command): void {
  const tiers = addCommand(program, 'tiers', 'Subscriptions: move users between Go, Standard and AI, and who did.', 'twinreel tiers history ada')
  addTiersMove(tiers)
  addTiersHistory(tiers)
  addTiersCheck(tiers)
}
