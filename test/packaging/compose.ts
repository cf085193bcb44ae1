import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export const root = join(import.meta.dirname, '../..')

interface Dependency {
  condition: 'service_healthy' | 'service_completed_successfully' | 'service_started'
}

/** A service of docker-compose.yml, as far as it is looked at. */
export interface ComposeService {
  image?: string
  build?: { context: string; dockerfile: string }
  user?: string
  read_only?: boolean
  privileged?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  network_mode?: string
  networks?: string[]
  entrypoint?: string[]
  command?: string[]
  environment?: Record<string, string>
  ports?: string[]
  volumes?: string[]
  healthcheck?: { test?: string[]; disable?: boolean }
  restart?: string
  mem_limit?: string
  profiles?: string[]
  depends_on?: Record<string, Dependency>
}

interface ComposeFile {
  services: Record<string, ComposeService>
  volumes: Record<string, unknown>
  networks: Record<string, unknown>
}

export function readCompose(): ComposeFile {
  return parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as ComposeFile
}

/** Services of our own image, by name. */
export function ownServices({ services }: ComposeFile): [string, ComposeService][] {
  return Object.entries(services).filter(([, { image }]) => image?.startsWith('twinreel:') === true)
}

/** A job ends by itself, and somebody waits for that: `docker compose up --wait` takes any other end for a failure. */
export function isJob({ services }: ComposeFile, name: string): boolean {
  return Object.values(services).some(({ depends_on: dependencies = {} }) => dependencies[name]?.condition === 'service_completed_successfully')
}
