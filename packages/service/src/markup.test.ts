import { expect, it } from 'vitest'
import { markup } from './markup.ts'

it('escapes what stands in it, in text and in attributes, and leaves its own HTML alone', () => {
  const words = `<b title="x">'&amp;`
  const item = markup`<li title="${words}">${words}</li>`
  expect(markup`<ul>${[item, 'a < b']}</ul>${7}`.toString()).toBe(
    '<ul><li title="&lt;b title=&quot;x&quot;&gt;&#39;&amp;amp;">&lt;b title=&quot;x&quot;&gt;&#39;&amp;amp;</li>a &lt; b</ul>7',
  )
})
