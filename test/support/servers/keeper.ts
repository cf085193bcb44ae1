import { temporaryServers } from './temporary.ts'

// Starts a server as a test run does, says where its state is, and is there until somebody kills it.
const servers = await temporaryServers()
await servers.up(['s3'])
process.send?.(servers.directory)
process.on('disconnect', () => void servers.close())
