import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { engineError } from '../command-error.ts'
import { cached, cacheEntry } from './cache.ts'
import { infraFile } from './infra-file.ts'
import { runTool } from './run-tool.ts'
import { toolPath } from './tools.ts'

const PLUGIN_VERSION = '3.8.1'

interface Artifact {
  groupId: string
  artifactId: string
  version: string
  classifier?: string
  sha256: string
}

interface Lock {
  name: string
  version: string
  artifacts: readonly Artifact[]
}

/** Java programs as a lock file of infra/local lists them: every jar with its SHA-256. */
export interface MavenProgram {
  title: string
  installed(cache: string): string | null
  /** Answers the directory of its jars. Throws an engine's `CommandError` when a jar is not the one that was locked. */
  install(cache: string, onWait: () => void): Promise<string>
}

/** A program from Maven artifacts. `key` names it in the cache; a changed lock file makes a new entry. */
export function mavenProgram(key: string, lockFile: string): MavenProgram {
  const text = infraFile(lockFile)
  const lock = JSON.parse(text) as Lock
  const entry = `${key}-${lock.version}-${sha256(text).slice(0, 12)}`
  return {
    title: `${lock.name} ${lock.version}`,
    installed: (cache) => cached(cache, entry),
    install: (cache, onWait) => cacheEntry(cache, entry, (directory) => fetchAll(lock.artifacts, directory), onWait),
  }
}

/** Asks the machine's own Maven, with its own settings, for exactly these jars, without what they depend on. */
async function fetchAll(artifacts: readonly Artifact[], directory: string): Promise<void> {
  const pom = join(directory, 'pom.xml')
  writeFileSync(pom, pomOf(artifacts))
  await runTool(await toolPath('mvn'), ['--batch-mode', '--quiet', '--file', pom, 'dependency:copy', `-DoutputDirectory=${directory}`])
  rmSync(pom)
  checkAll(artifacts, directory)
}

function checkAll(artifacts: readonly Artifact[], directory: string): void {
  const unexpected = new Set(readdirSync(directory))
  for (const artifact of artifacts) {
    const jar = jarOf(artifact)
    if (!unexpected.delete(jar)) throw engineError(`Maven did not bring ${jar}`)
    const found = sha256(readFileSync(join(directory, jar)))
    if (found !== artifact.sha256)
      throw engineError(`${jar} has SHA-256 ${found}, but ${artifact.sha256} is locked`, 'find out why before anything of it is run')
  }
  for (const path of unexpected) throw engineError(`Maven brought ${path}, which is not locked`)
}

function jarOf({ artifactId, version, classifier }: Artifact): string {
  return `${artifactId}-${version}${classifier === undefined ? '' : `-${classifier}`}.jar`
}

function pomOf(artifacts: readonly Artifact[]): string {
  const items = artifacts.map(
    ({ groupId, artifactId, version, classifier }) =>
      `<artifactItem><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version>` +
      `${classifier === undefined ? '' : `<classifier>${classifier}</classifier>`}</artifactItem>`,
  )
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>twinreel</groupId><artifactId>local-servers</artifactId><version>1</version><packaging>pom</packaging>
<build><plugins><plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><version>${PLUGIN_VERSION}</version>
<configuration><artifactItems>
${items.join('\n')}
</artifactItems></configuration></plugin></plugins></build></project>
`
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
