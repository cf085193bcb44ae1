import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { rerunCommand } from './rerun-command.ts'

it('plays it again as it was played: in real time, to the same recorder', () => {
  expect(rerunCommand({ file: 'a.scenario.yaml', seed: 7 }, null)).toBe('npx -y pnpm@12 -s twinreel scenario run a.scenario.yaml --seed 7')
  expect(rerunCommand({ file: 'a.scenario.yaml', seed: 7 }, { options: ['--data', './try'] })).toBe(
    'npx -y pnpm@12 -s twinreel --data ./try scenario run a.scenario.yaml --seed 7 --realtime',
  )
})

it('a shell reads the file’s name as it is', () => {
  const file = "it's $HOME; a `date` & more.scenario.yaml"
  const command = rerunCommand({ file, seed: 1 }, null)
  const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' }).split('\n')
  expect(words).toContain(file)
})
