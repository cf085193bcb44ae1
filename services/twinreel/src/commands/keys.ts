import { resolve } from 'node:path'
import type { Command } from 'commander'
import { usageError } from '../command-error.ts'
import { action, addCommand, plainAction } from '../program.ts'

export function addKeys(program: Command): void {
  const keys = addCommand(program, 'keys', 'The keys with which manifests are signed.', 'twinreel keys create --out signing-key.pem')
  addCommand(
    keys,
    'create',
    'Make a key that signs (Ed25519, PKCS#8 in PEM) in a new file that its owner alone can read. Prints its public key, which may be shown to everybody, and its id. An existing file is left as it is.',
    'twinreel keys create --out signing-key.pem > signing-key.pub.pem',
  )
    .requiredOption('--out <file>', 'where the key goes')
    .action(
      plainAction(async ({ output }, { out }: { out: string }) => {
        const { newSigningKeyPem, signingKey } = await import('@twinreel/service/signing-key')
        const { writeSecret } = await import('../keys/write-secret.ts')
        const pem = newSigningKeyPem()
        const file = resolve(out)
        try {
          writeSecret(file, pem)
        } catch (error) {
          const why = error instanceof Error && 'code' in error && error.code === 'EEXIST' ? 'is there already' : `can’t be written: ${String(error)}`
          throw usageError(`${file} ${why}`, 'name another file with --out')
        }
        const { keyId, publicKey } = signingKey(pem)
        output.note(`key ${keyId} is in ${file}: name it in TWINREEL_SIGNING_KEY_FILE`)
        await output.document({ keyId, file, publicKey: publicKey.pem }, publicKey.pem.trimEnd())
        return 0
      }),
    )
  addCommand(
    keys,
    'list',
    'The keys whose signatures are trusted here: their ids, as they stand in manifests. Exits 2 on servers when there is none.',
    'twinreel keys list --json',
  ).action(
    action(async ({ configuration, output }) => {
      const { trustedKeysOf } = await import('../keys/signing.ts')
      await output.list(
        trustedKeysOf(configuration).keyIds.map((keyId) => ({ keyId })),
        { columns: [{ head: 'key', cell: ({ keyId }) => keyId }], json: (key) => key, empty: 'no key yet: `twinreel serve` makes one' },
      )
      return 0
    }),
  )
}
