/** Runs what tells items one by one, and gives them to `take` as they come, one at a time; answers what it answers when all were taken. */
export async function handOver<T, R>(work: (tell: (item: T) => Promise<void>) => Promise<R>, take: (items: AsyncIterable<T>) => Promise<unknown>): Promise<R> {
  const { readable, writable } = new TransformStream<T, T>()
  const writer = writable.getWriter()
  const worked = work(async (item) => {
    await writer.ready
    await writer.write(item)
  }).then(
    async (result) => {
      await writer.close()
      return result
    },
    async (error: unknown) => {
      await writer.abort(error)
      throw error
    },
  )
  // Seen below; the taker may fail first.
  worked.catch(() => undefined)
  const [result] = await Promise.all([worked, take(readable)])
  return result
}
