/** Works on up to `atOnce` items at a time and answers in their order; at most so many results wait. */
export async function* inOrder<T, R>(items: AsyncIterable<T>, atOnce: number, work: (item: T) => Promise<R>): AsyncGenerator<R> {
  const running: Promise<R>[] = []
  for await (const item of items) {
    const result = work(item)
    // Seen when its turn comes; until then it must not count as unhandled.
    result.catch(() => undefined)
    running.push(result)
    if (running.length < atOnce) continue
    const first = running.shift()
    if (first !== undefined) yield await first
  }
  for (const result of running) yield await result
}
