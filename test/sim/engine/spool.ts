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
    spools.add(files)
    machine.watch({ died: () => void spools.delete(files) })
    return {
      async putAside(body) {
        const copy = body.slice()
        const name = (named += 1)
        await ask('spool.write', () => void files.set(name, copy))
        return () =>
          ask('spool.read', () => {
            const bytes = files.get(name)
            if (bytes === undefined) throw new Error(`spool file ${name} was read already`)
            files.delete(name)
            return bytes
          })
      },
      close: () => ask('spool.close', () => void spools.delete(files)),
    }
  }

  return {
    open,
    usedBytes: () => [...spools].reduce((sum, files) => sum + [...files.values()].reduce((bytes, { length }) => bytes + length, 0), 0),
  }
}
