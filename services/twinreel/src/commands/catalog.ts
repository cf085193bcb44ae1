import type { Command } from 'commander'
import { onlyServers } from '../only-servers.ts'
import { facts } from '../output.ts'
import { action, addCommand } from '../program.ts'
import { addCatalogRebuild } from './catalog-rebuild.ts'

export function addCatalog(program: Command): void {
  const catalog = addCommand(
    program,
    'catalog',
    'The catalog: rebuilt when it is lost; schema and roles of a PostgreSQL database.',
    'twinreel catalog rebuild --dry-run',
  )
  addCatalogRebuild(catalog)
  addCommand(
    catalog,
    'migrate',
    'Bring the database to this version’s schema, and set who may see and do what in it. Doing it twice changes nothing. Needs the role that owns the tables, which no service needs.',
    'TWINREEL_ENGINE=kafka twinreel catalog migrate',
  ).action(
    action(async ({ place, output }) => {
      const { database } = onlyServers(place, '`twinreel catalog`')
      const { migratePostgresCatalog } = await import('@twinreel/catalog/postgres/migrate')
      const report = await migratePostgresCatalog(database)
      await output.document(
        report,
        facts([
          ['applied now', report.applied.join(', ') || 'nothing'],
          ['there before', report.already.join(', ') || 'nothing'],
        ]),
      )
      return 0
    }),
  )
  addCommand(
    catalog,
    'roles',
    'Print the SQL that makes the roles, each with the least it needs; to be run once by a superuser, before `catalog migrate`, which grants them what they may do. Passwords are yours to set.',
    'TWINREEL_ENGINE=kafka twinreel catalog roles | psql postgres://postgres@db/twinreel',
  ).action(
    action(async ({ place, output }) => {
      const { database } = onlyServers(place, '`twinreel catalog`')
      const { rolesSql } = await import('@twinreel/catalog/postgres/roles')
      const sql = rolesSql({ database: new URL(database.url).pathname.slice(1) })
      await output.document({ sql }, sql)
      return 0
    }),
  )
}
