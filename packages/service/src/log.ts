import { pino, stdTimeFunctions, type DestinationStream, type LevelWithSilent } from 'pino'
import { allowedFields, withoutNumbers, type LogFields } from './log-fields.ts'

export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger
}

export interface LoggerOptions {
  /** The service: `recorder`, `retention`, … */
  name: string
  level?: LevelWithSilent
  /** stderr by default: stdout belongs to what a command prints. */
  destination?: DestinationStream
}

/**
 * A logger of one JSON line per event. Only the fields of an allow-list come out; of others the name alone (`dropped`). Messages are
 * constant text; runs of digits as long as a phone number are blanked in them, should one get there all the same.
 */
export function makeLogger(options: LoggerOptions): Logger {
  const lines = pino(
    {
      level: options.level ?? 'info',
      base: { name: options.name },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.destination ?? pino.destination({ dest: 2, sync: true }),
  )
  return withFields({})

  function withFields(always: LogFields): Logger {
    const at =
      (level: 'debug' | 'info' | 'warn' | 'error') =>
      (fields: LogFields, message: string): void => {
        if (lines.isLevelEnabled(level)) lines[level](allowedFields({ ...always, ...fields }), withoutNumbers(message))
      }
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: (fields) => withFields({ ...always, ...fields }) }
  }
}

/** Says nothing: for tests and for commands that report in another way. */
export const silentLogger: Logger = makeLogger({ name: 'silent', level: 'silent' })
