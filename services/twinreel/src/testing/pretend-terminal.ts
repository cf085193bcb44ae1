// Loaded by a process before its program: its outputs take themselves for a terminal of this size.
const [columns, rows] = (process.env['PRETEND_TERMINAL'] ?? '80x24').split('x').map(Number)
for (const stream of [process.stdout, process.stderr]) Object.assign(stream, { isTTY: true, columns, rows })
