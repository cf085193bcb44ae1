import { PRIVILEGES, type ServiceRole } from './privileges.ts'
import { TENANCY, rowSecurity } from './row-security.ts'
import type { Tables } from '../tables.ts'

/** Roles are of the whole server, not of a database: several catalogs on one server take another prefix each, or share the roles. */
const PREFIX = 'twinreel'

export const SERVICE_ROLES: readonly ServiceRole[] = ['recorder', 'retention', 'api', 'reader']
/** They work for all organizations at once; the others see the one their transaction is held to. */
const ACROSS_ORGS = new Set<ServiceRole>(['recorder', 'retention'])
const TABLES = Object.keys(TENANCY) as (keyof Tables)[]

/** The role's name. */
export function roleName(role: ServiceRole | 'migrator', prefix: string = PREFIX): string {
  return `${prefix}_${role}`
}

/**
 * SQL for `psql`, run once by a superuser on the catalog's database before it is migrated, and harmless to repeat: the roles, without
 * passwords, which are the operator's to set, and their way into the database. What each may do to the tables is granted when
 * `migratePostgresCatalog` runs as the migrator, now and after each change of the schema.
 */
export function rolesSql(options: { database: string; prefix?: string }): string {
  const { database, prefix = PREFIX } = options
  const services = SERVICE_ROLES.map((role) => quoted(roleName(role, prefix)))
  const migrator = quoted(roleName('migrator', prefix))
  const everyone = [migrator, ...services].join(', ')
  return [
    `-- The roles of Twinreel's catalog. Give each that is used a password: \\password ${roleName('recorder', prefix)}`,
    ...[...(['migrator'] as const), ...SERVICE_ROLES].map((role) => createRole(roleName(role, prefix))),
    `revoke all on database ${quoted(database)} from public;`,
    `grant connect on database ${quoted(database)} to ${everyone};`,
    'revoke create on schema public from public;',
    `grant usage on schema public to ${everyone};`,
    '-- Owns the tables.',
    `grant create on schema public to ${migrator};`,
    '',
  ].join('\n')
}

/** What the roles that exist may see and do, table by table; each inner list is to be run as one transaction. */
export function accessSql(existing: readonly ServiceRole[], prefix: string = PREFIX): string[][] {
  return [
    ...TABLES.map((table) => [...rowSecurity(table), ...existing.flatMap((role) => accessOf(role, roleName(role, prefix), table))]),
    existing.map((role) => `grant select on kysely_migration to ${quoted(roleName(role, prefix))}`),
  ].filter((statements) => statements.length > 0)
}

function accessOf(role: ServiceRole, name: string, table: keyof Tables): string[] {
  const grantee = quoted(name)
  const access = PRIVILEGES[role][table]
  const across = quoted(`across_orgs_${name}`)
  const verbs = Object.entries(access ?? {}).map(([verb, columns]) => (Array.isArray(columns) ? `${verb} (${columns.join(', ')})` : verb))
  return [
    `revoke all on ${table} from ${grantee}`,
    ...(verbs.length === 0 ? [] : [`grant ${verbs.join(', ')} on ${table} to ${grantee}`]),
    `drop policy if exists ${across} on ${table}`,
    ...(ACROSS_ORGS.has(role) && verbs.length > 0 ? [`create policy ${across} on ${table} to ${grantee} using (true) with check (true)`] : []),
  ]
}

function createRole(name: string): string {
  return `do $$ begin create role ${quoted(name)} login; exception when duplicate_object then null; end $$;`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
