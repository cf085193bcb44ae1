import type { Spool } from '@twinreel/recorder/spool'
import type { Machine } from './process.ts'
import type { Parts } from './world-parts.ts'

/** The disk on which processes put sealed audio aside. */
export interface SpoolDisk {
  open(machine: Machine): Promise<Spool>
  usedBytes(): number
}

export function createSpoolDisk(parts: Parts): SpoolDisk {
  const spools = new Set<Map<number, Uint8Array>>()

  async function open(machine: Machine): Promise<Spool> {
    const files = new Map<number, Uint8Array>()
    /** What the disk would not take stays with the process. */
    const refused = new Map<number, Uint8Array>()
    let named = 0
    const ask = <T>(what: string, effect: () => T): Promise<T> =>
      machine.call<T>({
        what,
        detail: machine.name,
        thereMs: machine.random.between(0.5, 3),
        backMs: machine.random.between(0.1, 1),
        effect(settle) {
          if (what === 'spool.write' && machine.hasFaults && parts.faults.fires('spool-full'))
            settle({ ok: false, error: Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }) })
          else settle({ ok: true, value: effect() })
        },
      })
    /** Whether the disk took it. */
    async function isTaken(name: number, bytes: Uint8Array): Promise<boolean> {
      try {
        await ask('spool.write', () => void files.set(name, bytes))
        return true
      } catch {
        return false
      }
    }
    spools.add(files)
    machine.watch({ died: () => void spools.delete(files) })
    return {
      async putAside(body) {
        const copy = body.slice()
        const name = (named += 1)
        if (!(await isTaken(name, copy))) refused.set(name, copy)
        return () =>
          ask('spool.read', () => {
            const bytes = refused.get(name) ?? files.get(name)
            if (bytes === undefined) throw new Error(`spool file ${name} was read already`)
            refused.delete(name)
            files.delete(name)
            return bytes
          })
      },
      refusedBytes: () => refused.values().reduce((sum, { length }) => sum + length, 0),
      async tryAgain() {
        const [oldest] = refused
        if (oldest === undefined) return
        // What was brought back meanwhile is wanted no more.
        if ((await isTaken(...oldest)) && !refused.delete(oldest[0])) files.delete(oldest[0])
      },
      close: () => ask('spool.close', () => void spools.delete(files)),
    }
  }

  return {
    open,
    usedBytes: () => [...spools].reduce((sum, files) => sum + [...files.values()].reduce((bytes, { length }) => bytes + length, 0), 0),
  }
}
