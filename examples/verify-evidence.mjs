#!/usr/bin/env node
// Checks an evidence bundle of `twinreel retention evidence` with nothing but Node: node verify-evidence.mjs BUNDLE PUBLIC-KEYS.pem
// The keys must have reached you some other way than the bundle. Exits 0 when all holds, 1 when something does not, 2 for wrong usage.
import { createHash, createPublicKey, verify } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'

const MOST_TOLD = 100
const UNREADABLE = { ENOENT: 'there is no such file', EISDIR: 'it is a directory' }
const [bundle, keyFile] = process.argv.slice(2)
const problems = []
const counts = {}
const [recordings, certificates, holds, tiers, deletions] = [new Set(), [], [], new Map(), new Map()]
let header, end, signature, head
let number = 0

if (keyFile === undefined) leave(2, 'usage: node verify-evidence.mjs BUNDLE PUBLIC-KEYS.pem')
process.on('uncaughtException', (error) => {
  if (error.syscall !== undefined) leave(2, `${bundle} ${unreadable(error)}`)
  leave(1, `${bundle}, line ${number}: is not as a bundle of version 1 has it (${error.message})`)
})
const pems = textOf(keyFile).match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? []
if (pems.length === 0) leave(2, `${keyFile} holds no public key: name a file with one or more, in PEM`)
const keys = new Map(pems.map(keyOf))

const all = createHash('sha256')
for await (const bytes of lines()) {
  number += 1
  const line = lineOf(bytes)
  if (signature !== undefined) wrong(`line ${number}`, 'stands behind the signature')
  else if (end !== undefined) {
    signature = line
    checkSigned('bundle', end.bytes, line.keyId, line.value)
  } else if (header !== undefined && line.kind === 'end') end = { ...line, bytes, kinds: Object.keys(line.counts) }
  else {
    all.update(bytes)
    if (header === undefined) begin(line)
    else take(line)
  }
}
if (signature === undefined) leave(1, 'the end is missing: the bundle was cut off')
if (end.sha256 !== all.digest('hex')) wrong('bundle', 'its lines were changed: they have not the SHA-256 that its end says')
for (const kind of new Set([...end.kinds, ...Object.keys(counts)]))
  if (end.counts[kind] !== (counts[kind] ?? 0)) wrong('bundle', `holds ${counts[kind] ?? 0} lines of kind ${kind}, its end says ${end.counts[kind] ?? 0}`)
if (head?.sequence !== header.chain.after?.sequence || head?.sha256 !== header.chain.after?.sha256) wrong('chain', 'does not end where the first line says')
for (const one of certificates) compare(one)
for (const problem of problems.slice(0, MOST_TOLD)) console.log(problem)
if (problems.length > 0) leave(1, `${bundle} does not hold: ${problems.length} problems`)
leave(0, `${bundle} holds: ${JSON.stringify(counts)} from ${header.from} to ${header.to}, signed with key ${signature.keyId}`)

function textOf(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    leave(2, `${file} ${unreadable(error)}; name a file with one public key or more, in PEM`)
  }
}

function unreadable({ code, message }) {
  return `can’t be read: ${UNREADABLE[code] ?? message}`
}

function keyOf(pem, index) {
  try {
    const key = createPublicKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return [idOf(key), key]
    leave(2, `${keyFile}: public key ${index + 1} is one of kind ${key.asymmetricKeyType}, and bundles are signed with ed25519`)
  } catch {
    leave(2, `${keyFile}: public key ${index + 1} is none that can be read: export it again, with \`openssl pkey -in signing-key.pem -pubout\``)
  }
}

function lineOf(bytes) {
  try {
    const line = JSON.parse(bytes.toString('utf8'))
    if (typeof line?.kind === 'string') return line
  } catch {}
  leave(1, `${bundle}, line ${number}: is no line of an evidence bundle, which is a JSON object with a kind`)
}

function begin(line) {
  if (line.kind !== 'evidence' || line.evidenceVersion !== 1) leave(1, 'its first line is not one of an evidence bundle of version 1')
  header = line
  if (line.audit?.holds === false) wrong('bundle', `says that its certificates do not hold: ${line.audit.offences[0]?.problem}`)
  head = line.chain.before
}

function take(line) {
  counts[line.kind] = (counts[line.kind] ?? 0) + 1
  if (line.kind === 'certificate') takeCertificate(line)
  if (line.kind === 'hold') holds.push(line)
  if (line.kind === 'tier') tiers.set(`${line.userId}/${line.sequence}`, line)
  if (line.kind === 'deletion') deletions.set(line.deletionId, line)
}

function takeCertificate({ sequence, document, sha256, keyId, signature: value }) {
  const name = `certificate ${sequence} (line ${number})`
  const it = JSON.parse(document)
  const { recordingId, orgId, ownerId, objects, rule, checked, claimed, due } = it
  if (createHash('sha256').update(document).digest('hex') !== sha256) wrong(name, 'its document was changed: it has another SHA-256')
  checkSigned(name, Buffer.from(document), keyId, value)
  if (it.sequence !== sequence || sequence !== (head?.sequence ?? 0) + 1)
    wrong(name, `does not follow on ${head?.sequence ?? 0}: one is missing, or there twice`)
  if (it.previousSha256 !== (head?.sha256 ?? null)) wrong(name, 'does not hang on the certificate before it')
  head = { sequence, sha256 }
  if (recordings.has(recordingId)) wrong(name, `certifies recording ${recordingId} a second time`)
  recordings.add(recordingId)
  const prefix = `recordings/${orgId}/${ownerId}/${recordingId}/`
  if (checked.bucket.prefix !== prefix || !objects.every(({ key }) => key.startsWith(prefix))) wrong(name, `names objects outside of ${prefix}`)
  if (checked.bucket.remaining !== 0) wrong(name, 'says that something is left')
  if (rule.words !== header.rules[rule.code]) wrong(name, `goes by rule ${rule.code}, which the bundle does not state so`)
  if (dueBy(it) !== at(due)) wrong(name, `was not due at ${due} by rule ${rule.code}`)
  if (!(at(claimed) >= at(due))) wrong(name, `was claimed at ${claimed}, before it was due at ${due}`)
  certificates.push({ name, orgId, ownerId, recordingId, claimed, tier: rule.tier, request: rule.request })
}

function dueBy({ ended, rule: { code, tier, request } }) {
  if (code === 'not-kept') return at(ended)
  if (code === 'deletion-requested') return Math.max(at(ended), at(request?.due))
  return tier?.tier === 'go' ? Math.max(at(ended), at(tier.from)) + header.goRetentionHours * 3_600_000 : NaN
}

// What other lines say of the same deletion; all of them stand behind the certificates.
function compare({ name, orgId, ownerId, recordingId, claimed, tier, request }) {
  const isHeld = (hold) => hold.orgId === orgId && hold.subjectId === (hold.subject === 'user' ? ownerId : recordingId)
  const wasInForce = (hold) => at(hold.placed) < at(claimed) && (hold.released === null || at(hold.released) > at(claimed))
  for (const hold of holds) if (isHeld(hold) && wasInForce(hold)) wrong(name, `was claimed while legal hold ${hold.holdId} was in force`)
  const isTold = (time) => at(time) >= at(header.from) && at(time) < at(header.to)
  const differs = (one, other, fields) => other === undefined || fields.some((field) => one[field] !== other[field])
  if (tier !== null && isTold(tier.from) && differs(tier, tiers.get(`${ownerId}/${tier.sequence}`), ['tier', 'from', 'changeId', 'actor', 'reason']))
    wrong(name, 'names a change of tier that the bundle does not tell so')
  if (request === null) return
  const asked = deletions.get(request.deletionId)
  if (isTold(request.requested) && differs(request, asked, ['requested', 'due', 'actor', 'reason']))
    wrong(name, 'names a request that the bundle does not tell so')
  // An erasure of a user ends when recording is switched on again; what it had reached goes.
  if (asked?.subject === 'recording' && at(asked.restored) < at(claimed)) wrong(name, 'was claimed after the request for its deletion was taken back')
}

function checkSigned(where, bytes, keyId, value) {
  const key = keys.get(keyId)
  if (key === undefined) wrong(where, `is signed with key ${keyId}, which is not among the keys you gave`)
  else if (!verify(null, bytes, key, Buffer.from(String(value), 'base64'))) wrong(where, `its signature is not one of key ${keyId}`)
}

async function* lines() {
  let rest = Buffer.alloc(0)
  for await (const chunk of createReadStream(bundle)) {
    rest = Buffer.concat([rest, chunk])
    for (let to = rest.indexOf(10); to !== -1; to = rest.indexOf(10)) {
      yield rest.subarray(0, to + 1)
      rest = rest.subarray(to + 1)
    }
  }
  if (rest.length > 0) leave(1, `line ${number + 1} is cut off`)
}

function idOf(key) {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16)
}

function at(time) {
  return typeof time === 'string' ? Date.parse(time) : NaN
}

function wrong(where, problem) {
  problems.push(`${where}: ${problem}`)
}

function leave(exitCode, message) {
  console.log(message)
  process.exit(exitCode)
}
