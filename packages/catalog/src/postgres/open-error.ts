import { CatalogOpenError } from '../open.ts'
import { placeOf, type Address } from './address.ts'

export const MIGRATE_FIRST = 'run `twinreel catalog migrate`'

/** Why the catalog could not be opened, for whoever runs the program: where it is, and never the password. */
export function openError(address: Address, error: unknown): CatalogOpenError {
  return error instanceof CatalogOpenError ? error : new CatalogOpenError(placeOf(address), describe(address, error), error)
}

function describe(address: Address, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'ECONNREFUSED':
      return 'the connection was refused; check that PostgreSQL runs there and listens on this address'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host’s name can’t be resolved'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return 'the host can’t be reached'
    case '28P01':
      return `the password of user ${address.user} is wrong`
    case '28000':
      return `user ${address.user} may not connect (${message})`
    case '3D000':
      return 'the database does not exist; create it first'
    case '42501':
      return `user ${address.user} lacks a privilege (${message}); see the roles in \`twinreel catalog roles\``
    case '42P01':
      return `it has no tables yet; ${MIGRATE_FIRST}`
    case '53300':
      return `the server has no connection left (${message}); raise max_connections or use smaller pools`
    default:
      return /timeout/.test(message) ? 'no answer within 10 seconds; check host, port and firewalls' : message
  }
}
