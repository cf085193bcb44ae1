import type { Command } from 'commander'
import { addBecauseOptions } from '../because.ts'
import { EXIT } from '../exit-codes.ts'
import { callKinds, nonEmpty, oneOf, onOff, seconds } from '../option-values.ts'
import { action, addCommand } from '../program.ts'
import type { UserRequest } from '../set-user.ts'
import { userDocument, userFacts } from '../user-document.ts'
import { withAcknowledged } from '../with-engines.ts'

export function addUsersSet(users: Command): void {
  const set = addCommand(
    users,
    'set <user>',
    'Change what is named and keep the rest; applies from the next call. With --org a user who does not exist is added. Exits 2 when a rule says no.',
    'twinreel users set ada --org acme --licence professional --recording on --mode always-pause-resume --notification beep',
  )
    .option('--org <id>', 'the user’s organization')
    .option('--name <name>', 'display name', nonEmpty(256))
    .addOption(oneOf('--licence <licence>', 'calling licence; none switches recording off', ['professional', 'basic', 'none']))
    .addOption(onOff('--recording <on|off>', 'the recording switch'))
    .addOption(oneOf('--mode <mode>', 'when calls are recorded', ['never', 'always', 'always-pause-resume', 'on-demand-user-start', 'on-demand']))
    .addOption(onOff('--announce-internal <on|off>', 'start/stop announcement of internal calls'))
    .addOption(onOff('--announce-pstn <on|off>', 'start/stop announcement of PSTN calls'))
    .addOption(oneOf('--notification <kind>', 'what is heard at pause and resume', ['none', 'beep', 'announcement']))
    .addOption(onOff('--tone <on|off>', 'repeated tone'))
    .option('--tone-interval <s>', 'seconds between tones (10–90)', seconds(10, 90))
    .addOption(onOff('--voicemail <on|off>', 'record voicemail'))
    .option(
      '--calls <kinds>',
      'which calls: all, none, or a comma-separated list of inbound-internal, inbound-external, outbound-internal, outbound-external',
      callKinds,
    )
    .addOption(oneOf('--tier <tier>', 'go expires after 30 days, the others stay', ['go', 'standard', 'ai']))
    .option('--service-provider <id>', 'platform identity; all three together')
    .option('--external-group <id>', 'platform identity; all three together')
    .option('--external-identifier <id>', 'platform identity; all three together')
  addBecauseOptions(set).action(
    action(async ({ configuration, output }, options: UserRequest, [userId = '']) => {
      const { setUser } = await import('../set-user.ts')
      return withAcknowledged(configuration, {
        work: (catalog) => setUser(catalog, userId, options),
        async tell(user) {
          await output.document(userDocument(user), userFacts(user))
          return EXIT.done
        },
      })
    }),
  )
}
