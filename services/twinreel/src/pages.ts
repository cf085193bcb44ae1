const PAGE = 500

/** Everything a paged query answers, one page in memory at a time. */
export async function* allPages<T, K>(read: (page: { after?: K; limit: number }) => Promise<T[]>, keyOf: (last: T) => K): AsyncGenerator<T> {
  let after: { after?: K } = {}
  for (;;) {
    const page = await read({ ...after, limit: PAGE })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = { after: keyOf(last) }
  }
}
