import { z } from 'zod'
import { keyPart, orgId as orgIdSchema } from '@twinreel/contracts/identifiers'
import { orgRulesSchema, type OrgRules } from '@twinreel/recording/settings'
import { inTurn } from '../dialect.ts'
import type { Catalog } from '../open.ts'
import type { OrgRow } from '../tables.ts'
import { AccountError, checked } from './account-error.ts'
import { checkedBecause, nextInHistory, type Because } from './change.ts'
import { timeZone } from './time-zone.ts'
import { unlessRebuilding } from '../journal/rebuilding.ts'

export interface Organization {
  orgId: string
  name: string
  partnerId: string
  enabled: boolean
  rules: OrgRules
  /** IANA name; reports tell people times in it. */
  timeZone: string
  createdAtMs: number
}

export interface EnableOrganization extends Because {
  orgId: string
  name: string
  partnerId: string
  /**
   * Secret UUID in which the organization's recording ids are derived (RFC 9562 §5.5). Random unless given, and fixed from then on:
   * another one would give the same call other recordings.
   */
  idNamespace?: string
  rules?: z.input<typeof orgRulesSchema>
  /** UTC unless given. */
  timeZone?: string
}

/** The partner allows an organization to record. Again: takes the new name, and the rules and the time zone if given. */
export async function enableOrganization(catalog: Catalog, input: EnableOrganization): Promise<Organization> {
  const orgId = checked(orgIdSchema, input.orgId, 'invalid-input', 'orgId')
  const name = checked(z.string().min(1).max(256), input.name, 'invalid-input', 'name')
  const partnerId = checked(keyPart, input.partnerId, 'invalid-input', 'partnerId')
  const idNamespace = input.idNamespace === undefined ? undefined : checked(z.uuid(), input.idNamespace, 'invalid-input', 'idNamespace').toLowerCase()
  const rules = input.rules === undefined ? undefined : checked(orgRulesSchema, input.rules, 'invalid-settings', 'rules')
  const zone = input.timeZone === undefined ? undefined : checked(timeZone, input.timeZone, 'invalid-input', 'timeZone')
  return change(catalog, orgId, input, (known, nowMs) => {
    if (known !== undefined && idNamespace !== undefined && known.id_namespace !== idNamespace) {
      throw new AccountError('namespace-fixed', `organization ${orgId} already has a namespace for its recording ids, and it can’t be changed`, 'idNamespace')
    }
    return {
      org_id: orgId,
      name,
      partner_id: partnerId,
      enabled: 1,
      id_namespace: known?.id_namespace ?? idNamespace ?? catalog.newId(),
      rules: rules === undefined ? (known?.rules ?? JSON.stringify(orgRulesSchema.parse({}))) : JSON.stringify(rules),
      time_zone: zone ?? known?.time_zone ?? 'UTC',
      created_at_ms: known?.created_at_ms ?? nowMs,
    }
  })
}

/** From now on no call of the organization is recorded; recordings, accounts and settings stay. */
export async function disableOrganization(catalog: Catalog, input: Because & { orgId: string }): Promise<Organization> {
  return change(catalog, input.orgId, input, (known) => ({ ...existing(known, input.orgId), enabled: 0 }))
}

/** Replaces the rules named in `rules`, keeps the others; applies from the next call. */
export async function changeOrgRules(catalog: Catalog, input: Because & { orgId: string; rules: Partial<OrgRules> }): Promise<Organization> {
  return change(catalog, input.orgId, input, (known) => {
    const org = existing(known, input.orgId)
    const rules = checked(orgRulesSchema, { ...storedRules(org.rules), ...input.rules }, 'invalid-settings', 'rules')
    return { ...org, rules: JSON.stringify(rules) }
  })
}

export async function showOrganization(catalog: Catalog, orgId: string): Promise<Organization | null> {
  const row = await catalog.db.selectFrom('orgs').select(SHOWN).where('org_id', '=', orgId).executeTakeFirst()
  return row === undefined ? null : view(row)
}

export async function listOrganizations(catalog: Catalog): Promise<Organization[]> {
  return (await catalog.db.selectFrom('orgs').select(SHOWN).orderBy('org_id').execute()).map(view)
}

/** IANA names of the organizations' time zones, by organization. */
export async function timeZones(catalog: Catalog): Promise<ReadonlyMap<string, string>> {
  const rows = await catalog.db.selectFrom('orgs').select(['org_id', 'time_zone']).execute()
  return new Map(rows.map((row) => [row.org_id, row.time_zone]))
}

export function storedRules(json: string): OrgRules {
  return orgRulesSchema.parse(JSON.parse(json))
}

async function change(catalog: Catalog, orgId: string, because: Because, next: (known: OrgRow | undefined, nowMs: number) => OrgRow): Promise<Organization> {
  const { actor, reason } = checkedBecause(because)
  return unlessRebuilding(catalog, async (tx) => {
    // In turn, not by its row: a new organization has none, and of two who enable it the second must find the namespace of the first.
    await inTurn(catalog.dialect, tx, 'org', [orgId])
    const nowMs = await catalog.nowMs(tx)
    const row = next(await tx.selectFrom('orgs').selectAll().where('org_id', '=', orgId).executeTakeFirst(), nowMs)
    const { org_id: _, created_at_ms: __, id_namespace: ___, ...changing } = row
    await tx
      .insertInto('orgs')
      .values(row)
      .onConflict((oc) => oc.column('org_id').doUpdateSet(changing))
      .execute()
    const last = await tx
      .selectFrom('org_history')
      .select(['sequence', 'from_ms'])
      .where('org_id', '=', orgId)
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst()
    await tx
      .insertInto('org_history')
      .values({ org_id: orgId, ...nextInHistory(last, nowMs), enabled: row.enabled, rules: row.rules, actor, reason })
      .execute()
    return view(row)
  })
}

function existing(row: OrgRow | undefined, orgId: string): OrgRow {
  if (row === undefined) throw new AccountError('unknown-org', `organization ${orgId} is unknown; its partner enables it first`, 'orgId')
  return row
}

/** The namespace is a secret that readers are not given. */
const SHOWN = ['org_id', 'name', 'partner_id', 'enabled', 'rules', 'time_zone', 'created_at_ms'] as const

function view(row: Pick<OrgRow, (typeof SHOWN)[number]>): Organization {
  return {
    orgId: row.org_id,
    name: row.name,
    partnerId: row.partner_id,
    enabled: row.enabled === 1,
    rules: storedRules(row.rules),
    timeZone: row.time_zone,
    createdAtMs: row.created_at_ms,
  }
}
