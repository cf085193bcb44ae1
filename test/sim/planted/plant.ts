import type { Edit } from '../../support/edit.ts'

/**
 * A fault that somebody might have written by mistake. It is in no product code: it is put into the text of a module when a child process of the
 * simulation loads it.
 */
export interface Plant {
  name: string
  /** What is wrong, in a sentence. */
  breaks: string
  edits: readonly Edit[]
}
