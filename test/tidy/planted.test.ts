import { describe, expect, it } from 'vitest'
import { bannedThings, staleAllowances } from './banned.ts'
import { fileShapes, machineTraces } from './files.ts'
import { deadFiles, wrongDirections } from './imports.ts'
import { brokenLinks } from './links.ts'
import { mask } from './mask.ts'
import { ignoreRules, sourceFile, type Finding } from './source-file.ts'

const lines = (findings: readonly Finding[]) => findings.map(({ path, line }) => `${path}:${line}`)
const CORE = 'packages/recording/src/x.ts'
const ADAPTER = 'packages/catalog/src/x.ts'
const TEST = 'packages/catalog/src/x.test.ts'
const word = (...parts: string[]) => parts.join('')

describe('the tidy check sees a planted offender', () => {
  it.each<[string, string]>([
    [CORE, 'const t = Date.now()'],
    [CORE, 'const t = new Date()'],
    [CORE, 'const t = performance.now()'],
    [CORE, 'const r = Math.random()'],
    [CORE, 'setTimeout(go, 1)'],
    [CORE, 'const s = date.toLocaleString()'],
    [ADAPTER, 'const t = Date.now()'],
    [ADAPTER, 'const clock = options.clock ?? Date.now'],
    [ADAPTER, 'const t = `${Date.now()}`'],
    [ADAPTER, 'const t = new Date( )'],
    [TEST, 'await sleep(100)'],
    [TEST, 'await new Promise((done) => setTimeout(done, 5))'],
    [ADAPTER, 'const a: any = 1'],
    [ADAPTER, 'const a = b as any'],
    [ADAPTER, 'const a = new Map<string, any>()'],
    [ADAPTER, 'const a: any[] = []'],
    [ADAPTER, 'const a = list[0]!'],
    [ADAPTER, 'const a = list[0]!.name'],
    [ADAPTER, 'call(find()!)'],
    [ADAPTER, 'export enum Colour { Red }'],
    [ADAPTER, 'const enum Colour { Red }'],
    [ADAPTER, 'export default 1'],
    [ADAPTER, 'export { a as default }'],
    [ADAPTER, "console.log('x')"],
    [ADAPTER, `// ${word('@ts', '-ignore')}`],
    [ADAPTER, `// ${word('TO', 'DO')}: later`],
    ['README.md', `${word('FIX', 'ME')} this`],
  ])('%s: %s', (path, text) => {
    const findings = bannedThings([sourceFile(path, `\n\n${text}\n`)])
    expect(lines(findings)).toEqual([`${path}:3`])
    expect(findings[0]?.message.length).toBeGreaterThan(20)
  })

  it.each<[string, string]>([
    [CORE, 'const text = new Date(timeMs).toISOString()'],
    [CORE, '// Date.now() would make a re-fold decide otherwise'],
    [CORE, "throw new Error('no setTimeout here')"],
    [CORE, 'const pattern = /Math.random|any!/'],
    [ADAPTER, 'if (a !== b && !c) d(!e)'],
    [ADAPTER, 'const company = anything as unknown'],
    [ADAPTER, 'const x = { any: 1 }; f(x.any)'],
    [ADAPTER, 'Promise.any(list)'],
    ['services/twinreel/src/main.ts', "console.log('x')"],
    ['packages/service/src/clock.ts', 'export const systemClock = () => Date.now()'],
    ['vitest.config.ts', 'export default {}'],
    ['README.md', 'Date.now() is banned'],
  ])('and lets pass what only looks like one: %s: %s', (path, text) => {
    expect(bannedThings([sourceFile(path, text)])).toEqual([])
  })

  it('an allowance without a reason', () => {
    const files = [sourceFile('packages/service/src/clock.ts', 'Date.now()'), sourceFile('packages/catalog/src/open.ts', '// Date.now()')]
    expect(lines(staleAllowances(files))).toContain('packages/catalog/src/open.ts:1')
    expect(lines(staleAllowances(files))).not.toContain('packages/service/src/clock.ts:1')
  })

  it('a file that is too long, a barrel, a vague name', () => {
    const files = [
      sourceFile('test/long.ts', 'a\n'.repeat(401)),
      sourceFile('packages/a/src/index.ts', ''),
      sourceFile('packages/a/src/utils.ts', ''),
      sourceFile('packages/a/src/helpers/x.ts', ''),
      sourceFile('packages/a/src/utility-poles.ts', ''),
    ]
    expect(lines(fileShapes(files))).toEqual(['test/long.ts:401', 'packages/a/src/index.ts:1', 'packages/a/src/utils.ts:1', 'packages/a/src/helpers/x.ts:1'])
  })

  it('a path of one machine, a registry, a tarball in the lock file', () => {
    const files = [
      sourceFile('README.md', 'see\n/home/ines/twinreel or C:\\Users\\ines or /srv/checkout/x or /people/x'),
      sourceFile('pnpm-lock.yaml', 'a:\n  resolution: {integrity: sha512-x, tarball: http://10.0.0.7/zod.tgz}\n'),
      sourceFile('.npmrc', 'registry=http://10.0.0.7/\n'),
      sourceFile('docs/a.md', 'https://registry.example.org/zod'),
      sourceFile('docs/b.md', 'npm install; /srv/checkouts; HOME=/people; https://example.org/npm'),
    ]
    expect(lines(machineTraces(files, ['/srv/checkout', '/people/']))).toEqual([
      'README.md:2',
      'README.md:2',
      'README.md:2',
      'README.md:2',
      'pnpm-lock.yaml:2',
      '.npmrc:1',
      'docs/a.md:1',
    ])
  })

  it('a link and a heading that do not exist', () => {
    const readme =
      '# Twin reel: a & b\n\n[ok](docs/a.md#second-part) [ok](#twin-reel-a--b) [web](https://x.y) `[code](no.md)`\n\n[no](docs/b.md)\n[no](docs/a.md#third)\n\n```\n[no](no.md)\n```\n\n[ref]: gone.md\n'
    const files = [sourceFile('README.md', readme), sourceFile('docs/a.md', '## Second part\n\n[up](../README.md)')]
    expect(lines(brokenLinks(files, (path) => ['README.md', 'docs/a.md'].includes(path)))).toEqual(['README.md:5', 'README.md:6', 'README.md:12'])
  })

  const packages = [
    'packages/contracts',
    'packages/media',
    'packages/recording',
    'packages/call-records',
    'packages/oracle',
    'packages/catalog',
    'packages/service',
    'services/recorder',
    'services/simulator',
    'services/scenarios',
    'services/twinreel',
  ].map((folder) => sourceFile(`${folder}/package.json`, '{}'))

  it.each<[string, string, boolean]>([
    ['packages/recording/src/a.ts', "import { x } from '@twinreel/contracts/media'", true],
    ['packages/recording/src/a.ts', "import type { x } from '@twinreel/catalog/open'", false],
    ['packages/media/src/a.ts', "import { x } from '@twinreel/contracts/media'", false],
    ['packages/call-records/src/a.ts', "import type { x } from '@twinreel/catalog/open'", false],
    ['packages/catalog/src/a.ts', "import type { x } from '@twinreel/call-records/finding'", true],
    ['packages/catalog/src/a.ts', "import { x } from '@twinreel/service/clock'", false],
    ['packages/catalog/src/a.ts', "import { x } from '@twinreel/recording/keys'", true],
    ['packages/catalog/src/a.ts', "const x = await import('@twinreel/recorder/run')", false],
    ['packages/catalog/src/a.ts', "import { x } from '../../../services/recorder/src/run.ts'", false],
    ['packages/catalog/src/a.ts', "// import { x } from '@twinreel/recorder/run'", true],
    ['packages/oracle/src/a.ts', "import { x } from '@twinreel/recording/keys'", false],
    ['packages/oracle/src/a.ts', "import { x } from '@twinreel/media/wav'", true],
    ['services/scenarios/src/a.ts', "import { x } from '@twinreel/simulator/drive'", true],
    ['services/simulator/src/a.ts', "import { x } from '@twinreel/recorder/recorder'", false],
    ['services/recorder/src/a.ts', "export { x } from '@twinreel/twinreel/main'", false],
    ['services/twinreel/src/a.ts', "import { x } from '@twinreel/recorder/run'", true],
    ['services/twinreel/src/a.ts', "import { x } from '../../../test/sim/run.ts'", false],
    ['test/sim/a.ts', "import { x } from '@twinreel/recorder/run'", true],
  ])('the direction of an import: %s: %s', (path, text, right) => {
    expect(lines(wrongDirections([...packages, sourceFile(path, text)]))).toEqual(right ? [] : [`${path}:1`])
  })

  it('a file nobody imports', () => {
    const files = [
      ...packages,
      sourceFile('services/twinreel/src/main.ts', "import { a } from '@twinreel/media/a'\nnew Worker(new URL('./w.ts', import.meta.url))"),
      sourceFile('services/twinreel/src/w.ts', ''),
      sourceFile('packages/media/src/a.ts', "// import './dead.ts'"),
      sourceFile('packages/media/src/dead.ts', ''),
      sourceFile('packages/media/src/a.test.ts', ''),
    ]
    expect(lines(deadFiles(files))).toEqual(['packages/media/src/dead.ts:1'])
  })
})

describe('masking', () => {
  it('keeps code and every line, and blanks talk', () => {
    const text = 'const a = "x" // y\n/* z\n z */ b(`t${c + `u${d}`}v`) / e / f\nreturn /[/"]g/.test(h)'
    const masked = mask(text)
    expect(masked).toHaveLength(text.length)
    expect(masked.split('\n')).toHaveLength(4)
    expect(masked.replaceAll(/\s+/g, ' ')).toBe('const a = " " b(` ${c + ` ${d}`} `) / e / f return / /.test(h)')
  })

  it('takes text with characters beyond the first plane', () => {
    expect(mask("const a = '🎧'; b")).toBe("const a = '  '; b")
  })
})

describe('.gitignore', () => {
  it('is understood, or the check says that it is not', () => {
    const ignored = ignoreRules('node_modules/\n# note\n*.log\n')
    expect([ignored('node_modules', true), ignored('node_modules', false), ignored('a.log', false), ignored('a.ts', false)]).toEqual([true, false, true, false])
    expect(() => ignoreRules('!keep')).toThrow(/!keep is more/)
  })
})
