import { expect, it } from 'vitest'
import { documentOf, twinreel } from '../testing/run-command.ts'
import { scratchDirectory } from '../testing/scratch-directory.ts'

const data = ['--data', scratchDirectory()]

it('takes an organization and a user from nothing to recorded, keeping what is not named', async () => {
  expect(await documentOf(0, 'orgs', 'enable', 'acme', '--name', 'Acme', '--partner', 'carrier', '--idle-end-seconds', '60', ...data)).toMatchObject({
    orgId: 'acme',
    enabled: true,
    rules: { idleEndSeconds: 60 },
  })
  expect(await documentOf(0, 'orgs', 'enable', 'acme', '--segment-seconds', '30', ...data)).toMatchObject({
    name: 'Acme',
    rules: { idleEndSeconds: 60, segmentSeconds: 30 },
    timeZone: 'UTC',
  })
  expect(await documentOf(0, 'orgs', 'enable', 'acme', '--time-zone', 'Europe/Berlin', ...data)).toMatchObject({ timeZone: 'Europe/Berlin' })

  const added = [
    '--org',
    'acme',
    '--licence',
    'professional',
    '--name',
    'Ada',
    '--recording',
    'on',
    '--mode',
    'always-pause-resume',
    '--notification',
    'beep',
    '--tier',
    'standard',
  ]
  expect(await documentOf(0, 'users', 'set', 'ada', ...added, ...data)).toMatchObject({
    userId: 'ada',
    orgId: 'acme',
    displayName: 'Ada',
    licence: 'professional',
    recording: true,
    tier: 'standard',
    account: { serviceProvider: 'carrier', externalGroup: 'acme', externalIdentifier: 'ada@acme' },
    settings: { mode: 'always-pause-resume', pauseResumeNotification: 'beep', tone: { enabled: true, intervalSeconds: 20 } },
  })

  const changed = ['--announce-internal', 'off', '--tone-interval', '45', '--voicemail', 'on', '--calls', 'inbound-external,outbound-external']
  expect(await documentOf(0, 'users', 'set', 'ada', ...changed, ...data)).toMatchObject({
    settings: {
      mode: 'always-pause-resume',
      startStopAnnouncement: { internal: false, pstn: true },
      tone: { enabled: true, intervalSeconds: 45 },
      voicemail: true,
      calls: { inboundInternal: false, inboundExternal: true, outboundInternal: false, outboundExternal: true },
    },
  })

  const identity = ['--service-provider', 'sp', '--external-group', 'group', '--external-identifier', 'ada-1']
  const renamed = await documentOf(0, 'users', 'set', 'ada', ...identity, ...data)
  expect(renamed).toMatchObject({ account: { serviceProvider: 'sp', externalIdentifier: 'ada-1' }, settings: { tone: { intervalSeconds: 45 } } })
  expect(await documentOf(0, 'users', 'show', 'ada', ...data)).toEqual(renamed)
  expect(await documentOf(0, 'users', 'list', '--org', 'acme', ...data)).toEqual([renamed])

  expect(await documentOf(0, 'users', 'set', 'ada', '--recording', 'off', ...data)).toMatchObject({ recording: false, tier: 'standard', settings: null })
  expect(await documentOf(0, 'orgs', 'disable', 'acme', ...data)).toMatchObject({ enabled: false })
  expect(await documentOf(0, 'orgs', 'list', ...data)).toEqual([expect.objectContaining({ orgId: 'acme', enabled: false, timeZone: 'Europe/Berlin' })])
})

it('says no in the rule’s own words', async () => {
  await documentOf(0, 'orgs', 'enable', 'rules', '--name', 'Rules', '--partner', 'carrier', ...data)
  const refused = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await twinreel(...args, ...data, '--json')
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    return stderr
  }
  expect(await refused('orgs', 'enable', 'new-one')).toContain('give it --name and --partner')
  expect(await refused('orgs', 'enable', 'rules', '--time-zone', 'Berlin')).toContain('timeZone: must be the IANA name of a time zone, such as Europe/Berlin')
  expect(await refused('orgs', 'enable', 'rules', '--time-zone', '+01:00')).toContain('must be the IANA name')
  expect(await refused('orgs', 'disable', 'nobody')).toContain('organization nobody is unknown')
  expect(await refused('users', 'set', 'bob')).toContain('add the user with --org')
  expect(await refused('users', 'set', 'bob', '--org', 'nobody')).toContain('organization nobody is unknown')
  expect(await refused('users', 'show', 'bob')).toContain('user bob is unknown')
  expect(await refused('users', 'set', 'bob', '--org', 'rules', '--licence', 'basic', '--tone-interval', '95', '--recording', 'on')).toContain(
    'must be 10 to 90 seconds',
  )
  expect(await refused('users', 'show', 'bob'), 'nothing is done when the request itself is wrong').toContain('user bob is unknown')
  expect(await refused('users', 'set', 'bob', '--org', 'rules', '--recording', 'on')).toMatch(/no calling licence.*done before that: user added/)
  expect(await refused('users', 'set', 'bob', '--licence', 'basic', '--mode', 'always')).toContain('recording is off for user bob')
  expect(await refused('users', 'set', 'bob', '--tier', 'ai')).toContain('no recording account')
  expect(await refused('users', 'set', 'bob', '--service-provider', 'sp')).toContain('three parts')
  expect(await refused('users', 'set', 'bob', '--recording', 'off', '--mode', 'always')).toContain('can’t be changed in the same command')
})

it('shows people tables', async () => {
  await documentOf(0, 'orgs', 'enable', 'tables', '--name', 'Tables', '--partner', 'carrier', ...data)
  await documentOf(0, 'users', 'set', 'tom', '--org', 'tables', '--licence', 'basic', '--recording', 'on', '--mode', 'always', ...data)
  expect((await twinreel('users', 'list', '--org', 'tables', ...data)).stdout).toMatch(/│ tom +│ tables +│ basic +│ on +│ always +│ go +│/)
  expect((await twinreel('orgs', 'list', ...data)).stdout).toMatch(/│ tables +│.*│ UTC +│/)
  expect((await twinreel('users', 'show', 'tom', ...data)).stdout).toMatch(/^tone +every 20 s$/m)
  expect((await twinreel('recordings', 'list', ...data)).stdout).toBe('no recording\n')
  expect(await documentOf(0, 'recordings', 'list', ...data)).toEqual([])
})
