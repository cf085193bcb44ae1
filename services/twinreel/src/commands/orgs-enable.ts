import type { Command } from 'commander'
import type { OrgRules } from '@twinreel/recording/settings'
import { addBecauseOptions, becauseOf, type BecauseOptions } from '../because.ts'
import { usageError } from '../command-error.ts'
import { EXIT } from '../exit-codes.ts'
import { nonEmpty, oneOf, onOff, seconds } from '../option-values.ts'
import { orgDocument, orgFacts } from '../org-document.ts'
import { action, addCommand } from '../program.ts'
import { withAcknowledged } from '../with-engines.ts'

interface Options extends BecauseOptions {
  name?: string
  partner?: string
  failureBehavior?: OrgRules['failureBehavior']
  recordEmergency?: boolean
  idleEndSeconds?: number
  segmentSeconds?: number
  timeZone?: string
}

export function addOrgsEnable(orgs: Command): void {
  const enable = addCommand(
    orgs,
    'enable <org>',
    'The partner allows an organization to record. Again: enables it anew, with what is given changed and the rest kept.',
    'twinreel orgs enable acme --name "Acme Ltd" --partner carrier-1',
  )
    .option('--name <name>', 'the organization’s name; needed the first time', nonEmpty(256))
    .option('--partner <id>', 'the partner’s id; needed the first time')
    .addOption(
      oneOf('--failure-behavior <behavior>', 'when a start announcement can’t be played', [
        'proceed-without-announcement',
        'proceed-with-announcement',
        'end-call',
      ]),
    )
    .addOption(onOff('--record-emergency <on|off>', 'record emergency calls'))
    .option('--idle-end-seconds <s>', 'a call that said nothing for so long has ended (30–3600)', seconds(30, 3_600))
    .option('--segment-seconds <s>', 'recording time of one segment (1–120)', seconds(1, 120))
    .option('--time-zone <name>', 'IANA name of the time zone in which reports tell people times, such as Europe/Berlin (default: UTC)', nonEmpty(64))
  addBecauseOptions(enable).action(
    action(async ({ configuration, output }, options: Options, [orgId = '']) => {
      const { enableOrganization, showOrganization } = await import('@twinreel/catalog/accounts/organizations')
      return withAcknowledged(configuration, {
        make: true,
        async work(catalog) {
          const known = await showOrganization(catalog, orgId)
          const name = options.name ?? known?.name
          const partnerId = options.partner ?? known?.partnerId
          if (name === undefined || partnerId === undefined) throw usageError(`organization ${orgId} is new here`, 'give it --name and --partner')
          const rules = { ...known?.rules, ...rulesOf(options) }
          const { timeZone } = options
          return enableOrganization(catalog, { orgId, name, partnerId, rules, ...(timeZone === undefined ? {} : { timeZone }), ...becauseOf(options) })
        },
        async tell(org) {
          await output.document(orgDocument(org), orgFacts(org))
          return EXIT.done
        },
      })
    }),
  )
}

function rulesOf({ failureBehavior, recordEmergency, idleEndSeconds, segmentSeconds }: Options): Partial<OrgRules> {
  return {
    ...(failureBehavior === undefined ? {} : { failureBehavior }),
    ...(recordEmergency === undefined ? {} : { recordEmergency }),
    ...(idleEndSeconds === undefined ? {} : { idleEndSeconds }),
    ...(segmentSeconds === undefined ? {} : { segmentSeconds }),
  }
}
