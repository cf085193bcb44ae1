export interface TimedEvent {
  atMs: number
  /** Of two at the same time the smaller one goes first. */
  tie: number
  label: string
  /** `null` once called off. */
  run: (() => void) | null
}

/** A binary heap: the earliest event on top. */
export interface EventHeap {
  push(event: TimedEvent): void
  pop(): TimedEvent | undefined
  size(): number
}

export function createEventHeap(): EventHeap {
  const heap: TimedEvent[] = []
  const isBefore = (a: TimedEvent, b: TimedEvent): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.tie < b.tie)

  function sink(event: TimedEvent): void {
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      let child = heap[left]
      if (child === undefined) break
      const right = heap[left + 1]
      let next = left
      if (right !== undefined && isBefore(right, child)) {
        child = right
        next = left + 1
      }
      if (!isBefore(child, event)) break
      heap[at] = child
      at = next
    }
    heap[at] = event
  }

  return {
    push(event) {
      let at = heap.length
      heap.push(event)
      while (at > 0) {
        const up = (at - 1) >> 1
        const parent = heap[up]
        if (parent === undefined || !isBefore(event, parent)) break
        heap[at] = parent
        at = up
      }
      heap[at] = event
    },
    pop() {
      const top = heap[0]
      const last = heap.pop()
      if (top !== undefined && last !== undefined && heap.length > 0) sink(last)
      return top
    },
    size: () => heap.length,
  }
}
