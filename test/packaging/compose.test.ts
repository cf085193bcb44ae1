import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolesSql } from '@twinreel/catalog/postgres/roles'
import { readEnvironment } from '@twinreel/twinreel/environment/read-environment'
import { newSigningKeyPem } from '@twinreel/service/signing-key'
import { SECTIONS } from '@twinreel/twinreel/environment/sections'
import { twinreel } from '@twinreel/twinreel/testing/run-command'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/directories.ts'
import { isJob, ownServices, readCompose, root } from './compose.ts'

const compose = readCompose()
const services = Object.entries(compose.services)
const dockerfile = readFileSync(join(root, 'infra/image/Dockerfile'), 'utf8')

describe('docker-compose.yml', () => {
  test.each(services)('%s is bounded, unprivileged, restarted if it should go on, and says whether it is well', (name, service) => {
    expect(service.mem_limit).toMatch(/^\d+[mg]$/)
    expect(service.privileged).toBeUndefined()
    expect(service.cap_drop).toEqual(['ALL'])
    expect(service.security_opt).toEqual(['no-new-privileges:true'])
    // The broker writes into its own directories.
    expect(service.read_only ?? false).toBe(name !== 'kafka')
    // Who hands secrets over has no network. The broker's image has a user of its own.
    if (service.user === '0:0') expect([isJob(compose, name), service.network_mode]).toEqual([true, 'none'])
    else if (name !== 'kafka') expect(service.user).toMatch(/^[1-9]/)
    const passes = isJob(compose, name) || service.profiles?.includes('tools') === true
    expect(service.restart).toBe(passes ? 'no' : 'unless-stopped')
    // Our image brings its own check, against /readyz.
    const checked = service.healthcheck?.test !== undefined || service.image?.startsWith('twinreel:') === true
    expect(passes || (checked && service.healthcheck?.disable !== true)).toBe(true)
  })

  test('every image has a tag that stays', () => {
    const images = [...services.map(([, { image }]) => image ?? ''), ...[...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image ?? '')]
    expect(images.filter((image) => !/^[\w./-]+:v?\d+\.\d+[\w.-]*$/.test(image) && image !== 'twinreel:local')).toEqual([])
  })

  test('ports are open to this machine alone, and networks and volumes are named', () => {
    expect(services.flatMap(([, { ports = [] }]) => ports).filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
    for (const [, { networks = [], volumes = [] }] of services) {
      expect(Object.keys(compose.networks)).toEqual(expect.arrayContaining(networks))
      for (const [from = ''] of volumes.map((volume) => volume.split(':'))) {
        expect(from.startsWith('.') ? existsSync(join(root, from)) : from in compose.volumes, from).toBe(true)
      }
    }
  })

  test('no secret stands in it', () => {
    for (const [name, { environment = {} }] of services) {
      for (const [variable, value] of Object.entries(environment)) {
        if (/PASSWORD|SECRET|_KEY|TOKEN|CREDENTIAL|DATABASE_URL/.test(variable)) expect(value, `${variable} of ${name}`).toMatch(/^\/run\/secrets\//)
        expect(value, `${variable} of ${name}`).not.toMatch(/:\/\/[^/]*@/)
      }
    }
  })

  test('what depends on something waits until it is well or done', () => {
    for (const [name, { depends_on: dependencies = {} }] of services) {
      for (const [other, { condition }] of Object.entries(dependencies)) {
        expect(condition, `${name} on ${other}`).toBe(isJob(compose, other) ? 'service_completed_successfully' : 'service_healthy')
      }
    }
  })

  test('our services are configured as the configuration knows it', () => {
    const known = SECTIONS.flatMap(({ variables }) =>
      Object.entries(variables).flatMap(([variable, { isSecret }]) => [variable, ...(isSecret ? [`${variable}_FILE`] : [])]),
    )
    const fromImage = Object.fromEntries([...dockerfile.matchAll(/\b(TWINREEL_\w+)=(\S+)/g)].map(([, variable = '', value = '']) => [variable, value]))
    const url = join(temporaryDirectory(), 'database-url')
    writeFileSync(url, 'postgres://twinreel:x@postgres:5432/twinreel')
    const key = join(temporaryDirectory(), 'signing-key')
    writeFileSync(key, newSigningKeyPem())
    for (const [name, { environment = {} }] of ownServices(compose)) {
      expect(
        Object.keys({ ...fromImage, ...environment }).filter((variable) => variable.startsWith('TWINREEL_') && !known.includes(variable)),
        name,
      ).toEqual([])
      expect(readEnvironment({ ...fromImage, ...environment, TWINREEL_DATABASE_URL_FILE: url, TWINREEL_SIGNING_KEY_FILE: key }).place, name).toMatchObject({
        kind: 'kafka',
        kafka: { brokers: ['kafka:19092'] },
        s3: { bucket: 'twinreel', endpoint: 'http://s3:7070', pathStyle: true },
      })
    }
  })

  test('our services run commands that there are', async () => {
    for (const [name, { command = [] }] of ownServices(compose)) {
      const { exitCode, stdout } = await twinreel(...command, '--help')
      expect([exitCode, stdout.split('\n')[0]], name).toEqual([0, expect.stringMatching(new RegExp(`^Usage: ${['twinreel', ...command].join(' ')} \\[`))])
    }
  })

  test('the database’s roles are those that the command line prints', () => {
    expect(readFileSync(join(root, 'infra/compose/roles.sql'), 'utf8')).toBe(rolesSql({ database: 'twinreel' }))
  })

  test.each(['infra/compose/prepare.sh', 'infra/compose/passwords.sh', 'infra/image/twinreel'])('%s can be read by a shell', (script) => {
    expect(execFileSync('sh', ['-n', join(root, script)]).toString()).toBe('')
  })
})
