import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kafkaWith } from '@twinreel/twinreel/dev/kafka'
import type { ServerPlace } from '@twinreel/twinreel/dev/server-spec'
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } from 'kafkajs'
import { expect, vi } from 'vitest'
import { createAuthority, type Authority } from './certificates.ts'
import type { DocumentedAcl } from './documented-acls.ts'
import { temporaryServers } from './servers/temporary.ts'

/** A broker that lets nobody do what no ACL allows. */
export interface SecureBroker {
  /** `host:port` of the listener that asks for a user: PLAIN, SCRAM-SHA-256 and -512, OAUTHBEARER (the token's `sub`). */
  sasl: string
  /** Of the listener that asks for a client certificate; its common name is the user. */
  tls: string
  /** Has signed the broker's certificate, and signs clients'. */
  authority: Authority
  /** Ends it and deletes its data. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const KNOWN_WITHIN_MS = 10_000

/** Starts it with these users, the same ones for PLAIN and SCRAM, and these ACLs, the role being the user and `prefix` before each name. */
export async function startSecureBroker(options: {
  passwords: Readonly<Record<string, string>>
  acls: readonly DocumentedAcl[]
  prefix: string
}): Promise<SecureBroker> {
  const { passwords, acls, prefix } = options
  const authority = createAuthority('Twinreel test authority')
  const spec = kafkaWith({
    morePorts: [29_094, 29_095],
    properties: (place) => propertiesOf(place, passwords, authority),
    formatArgs: Object.entries(passwords).flatMap(([name, password]) =>
      ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`]),
    ),
  })
  const servers = await temporaryServers({ kafka: spec })
  try {
    const [up] = await servers.up(['kafka'])
    const [open, , sasl, tls] = up?.place.ports ?? []
    await allow(`${HOST}:${open}`, acls, prefix)
    return { sasl: `${HOST}:${sasl}`, tls: `${HOST}:${tls}`, authority, close: servers.close }
  } catch (error) {
    await servers.close()
    throw error
  }
}

function propertiesOf({ directory, ports }: ServerPlace, passwords: Readonly<Record<string, string>>, authority: Authority): Record<string, string> {
  const { cert, key } = authority.issue(HOST)
  const [identity, trusted] = [join(directory, 'broker.pem'), join(directory, 'authority.pem')]
  writeFileSync(identity, key + cert)
  writeFileSync(trusted, authority.cert)
  const [open, controller, sasl, tls] = ports
  const advertised = `PLAINTEXT://${HOST}:${open},SASL://${HOST}:${sasl},TLS://${HOST}:${tls}`
  const users = Object.entries(passwords).map(([name, password]) => ` user_${name}="${password}"`)
  const jaas = 'org.apache.kafka.common.security'
  return {
    listeners: `${advertised},CONTROLLER://${HOST}:${controller}`,
    'advertised.listeners': advertised,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL,CONTROLLER:PLAINTEXT',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // Whoever comes through the first listener, and the node itself.
    'super.users': 'User:ANONYMOUS',
    'listener.name.sasl.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    'listener.name.sasl.plain.sasl.jaas.config': `${jaas}.plain.PlainLoginModule required${users.join('')};`,
    'listener.name.sasl.scram-sha-256.sasl.jaas.config': `${jaas}.scram.ScramLoginModule required;`,
    'listener.name.sasl.scram-sha-512.sasl.jaas.config': `${jaas}.scram.ScramLoginModule required;`,
    'listener.name.sasl.oauthbearer.sasl.jaas.config': `${jaas}.oauthbearer.OAuthBearerLoginModule required;`,
    // A session ends with its token; without this the broker never looks again.
    'connections.max.reauth.ms': '3600000',
    'listener.name.tls.ssl.client.auth': 'required',
    'listener.name.tls.ssl.keystore.type': 'PEM',
    'listener.name.tls.ssl.keystore.location': identity,
    'listener.name.tls.ssl.truststore.type': 'PEM',
    'listener.name.tls.ssl.truststore.location': trusted,
    'listener.name.tls.ssl.principal.mapping.rules': 'RULE:^CN=(.*)$/$1/',
  }
}

async function allow(address: string, acls: readonly DocumentedAcl[], prefix: string): Promise<void> {
  const admin = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const acl = acls.map(({ role, resource, name, operation }) => ({
      resourceType: resource === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
      resourceName: prefix + name,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: `User:${role}`,
      host: '*',
      operation: operationOf(operation),
      permissionType: AclPermissionTypes.ALLOW,
    }))
    await admin.createAcls({ acl })
    // The authorizer hears of them a moment after the controller has taken them.
    await vi.waitFor(
      async () => {
        const any = { resourceType: AclResourceTypes.ANY, resourcePatternType: ResourcePatternTypes.ANY }
        const { resources } = await admin.describeAcls({ ...any, operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY })
        expect(resources.flatMap(({ acls: known }) => known)).toHaveLength(acls.length)
      },
      { timeout: KNOWN_WITHIN_MS },
    )
  } finally {
    await admin.disconnect()
  }
}

/** DescribeConfigs is DESCRIBE_CONFIGS there. */
function operationOf(name: string): AclOperationTypes {
  const key = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
  const found = Object.entries(AclOperationTypes).find(([each]) => each === key)?.[1]
  if (typeof found !== 'number') throw new Error(`${name} is no operation of Kafka’s ACLs`)
  return found
}
