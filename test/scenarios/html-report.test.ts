import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findTool } from '@twinreel/twinreel/dev/tools'
import { twinreel } from '@twinreel/twinreel/testing/run-command'
import { scratchDirectory } from '@twinreel/twinreel/testing/scratch-directory'
import { chromium, type Browser, type Locator, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// Half a second of what Carol recorded was not expected; her start is where the two part.
const FAILING = `scenario: 'Carol <img src="https://example.org/a.png" onerror="document.title=1"> starts too early'
description: <script>document.title = 'mine'</script>
users:
  alice: { tier: standard, mode: always, announcement: none, tone: off }
  carol: { mode: on-demand-user-start, announcement: none, tone: off }
parties:
  bob:
call: { from: bob, to: alice }
timeline:
  - 00:08 bob is transferred to carol
  - 00:10.040 carol starts recording by app
  - 00:20 carol hangs up
expect:
  carol:
    outcome: recorded
    timeline:
      - 00:10.540 to 00:20.000 captured
      - 00:20.000 ended, call-ended
`
const PASSING = `scenario: Nothing is expected of this one
users:
  alice: { mode: always, announcement: none, tone: off }
parties:
  bob:
call: { from: bob, to: alice }
timeline:
  - 00:05 bob hangs up
`

const found = await findTool('browser')
const path = 'path' in found ? found.path : null
// In CI a browser must be there.
const isSkipped = path === null && process.env['CI'] !== 'true'
const unless = 'text' in found && isSkipped ? ` (skipped, missing: ${found.text})` : ''
const scratch = scratchDirectory()
const file = join(scratch, 'report.html')
let browser: Browser | undefined

afterAll(() => browser?.close())

interface Opened {
  page: Page
  requests: string[]
  complaints: string[]
}

/** The report in a browser without a network, and whatever it asks for or complains about. */
async function opened(colorScheme: 'light' | 'dark' = 'light'): Promise<Opened> {
  if (browser === undefined) throw new Error('no browser')
  const context = await browser.newContext({ offline: true, colorScheme, viewport: { width: 1_280, height: 900 } })
  const page = await context.newPage()
  const [requests, complaints]: [string[], string[]] = [[], []]
  page.on('request', (request) => requests.push(request.url()))
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(pathToFileURL(file).href, { waitUntil: 'networkidle' })
  return { page, requests, complaints }
}

async function boxOf(locator: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await locator.boundingBox()
  if (box === null) throw new Error(`${String(locator)} is not to be seen`)
  return box
}

async function middleOf(locator: Locator): Promise<number> {
  const { x, width } = await boxOf(locator)
  return x + width / 2
}

describe.skipIf(isSkipped)(`the HTML report of a failing scenario, in a browser${unless}`, () => {
  beforeAll(async () => {
    if (path === null) throw new Error('text' in found ? found.text : 'no browser')
    writeFileSync(join(scratch, 'failing.scenario.yaml'), FAILING)
    writeFileSync(join(scratch, 'passing.scenario.yaml'), PASSING)
    const [ran, launched] = await Promise.all([
      twinreel('scenario', 'run', scratch, '--html', file),
      chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-dev-shm-usage'] }),
    ])
    browser = launched
    if (ran.exitCode !== 1) throw new Error(`it was to fail with exit code 1, not ${ran.exitCode}: ${ran.stdout}${ran.stderr}`)
  }, 120_000)

  test('asks for nothing but itself and complains of nothing, whatever names hold', async () => {
    const { page, requests, complaints } = await opened()
    expect(requests).toEqual([pathToFileURL(file).href])
    expect(complaints).toEqual([])
    expect(await page.title()).toBe('Scenarios: 1 failed of 2')
    expect(await page.locator('img, script, iframe, link').count()).toBe(0)
    expect(await page.locator('summary .name').first().innerText()).toBe(
      'Carol <img src="https://example.org/a.png" onerror="document.title=1"> starts too early',
    )
  })

  test('shows without a click where it failed, what was expected and what came', async () => {
    const { page } = await opened()
    const failed = page.locator('details.failed')
    const row = failed.locator('.misses tbody tr')
    expect(await row.count()).toBe(1)
    expect(await row.locator('td').allInnerTexts()).toEqual([
      '1',
      '00:10.040',
      expect.stringMatching(/^carol, timeline\n.*failing\.scenario\.yaml:17$/),
      '00:10.540 to 00:20.000 captured',
      '00:10.040 to 00:20.000 captured',
    ])
    const flag = failed.locator('.flag')
    expect(await flag.textContent()).toContain('1')
    for (const seen of [
      row,
      flag.locator('rect'),
      failed.getByRole('img', { name: /^Timeline of call 00:20\.000 long\. .*Missed expectations: 1 at 00:10\.040/ }),
    ])
      expect(await seen.isVisible()).toBe(true)
    // Flag and line stand at their moment on the axis that is to be read above them.
    const [zero, twenty] = [await middleOf(failed.locator('.tick', { hasText: /^00:00$/ })), await middleOf(failed.locator('.tick', { hasText: /^00:20$/ }))]
    const momentOf = (x: number): number => ((x - zero) / (twenty - zero)) * 20_000
    for (const mark of [flag.locator('rect'), failed.locator('.miss .here')]) expect(Math.abs(momentOf(await middleOf(mark)) - 10_040)).toBeLessThan(25)
    // Carol's lanes and no others bear the strong line.
    const line = await boxOf(failed.locator('.miss .here'))
    const [alice, carol] = [await boxOf(failed.locator('text.owner', { hasText: 'alice' })), await boxOf(failed.locator('text.owner', { hasText: 'carol' }))]
    expect(line.y).toBeGreaterThan(alice.y + alice.height)
    expect(Math.abs(line.y - carol.y)).toBeLessThan(20)
    // The half second that was not expected is marked between the two moments.
    const apart = await boxOf(failed.locator('.apart rect'))
    expect(Math.abs(momentOf(apart.x + apart.width) - 10_540)).toBeLessThan(25)
    expect(await failed.locator('.again').innerText()).toContain('failing.scenario.yaml --seed 1')
  })

  test('opens what is chosen in the table, and shows only the state that is chosen', async () => {
    const { page } = await opened()
    const passed = page.locator('details.passed')
    expect(await passed.getByText('Run it again').isVisible()).toBe(false)
    await page.getByRole('link', { name: 'Nothing is expected of this one' }).click()
    await expect.poll(() => passed.getByText('Run it again').isVisible()).toBe(true)
    await page.getByText('1 passed', { exact: true }).click()
    expect(await page.locator('details.failed').isVisible()).toBe(false)
    expect(await passed.isVisible()).toBe(true)
  })

  test('can be read at night and on paper', async () => {
    const background = (page: Page): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor')
    const [day, night] = [await opened('light'), await opened('dark')]
    expect(await background(day.page)).toBe('rgb(255, 255, 255)')
    expect(await background(night.page)).toBe('rgb(19, 21, 23)')
    await day.page.emulateMedia({ media: 'print' })
    expect(await day.page.locator('.filter').isVisible()).toBe(false)
    expect(await day.page.locator('details.failed svg').isVisible()).toBe(true)
  })
})
