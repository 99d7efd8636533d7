import { type DestinationStream, type Logger, pino } from 'pino'
import type { Config } from './config.ts'

/** Lines go out together, and none waits longer than a fifth of a second: a write for each costs as much as answering a request. */
const together = { minLength: 4096, periodicFlush: 200 }

/** JSON lines on stdout, or on stderr (2) where stdout has another use. Errors are written without what could have come from a user: see `describeError`. */
export function createLogger({ logLevel }: Pick<Config, 'logLevel'>, to: 1 | 2 | DestinationStream = 1): Logger {
  return pino(
    {
      level: logLevel,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      serializers: { err: (error: unknown) => describeError(error) },
    },
    typeof to === 'number' ? pino.destination({ fd: to, sync: false, ...together }) : to,
  )
}

interface ErrorDescription {
  name: string
  message: string
  code?: string
  stack?: string
  cause?: ErrorDescription
  errors?: ErrorDescription[]
}

const CAUSES_MAX = 5

/**
 * Name, message, code, stack and causes, and nothing else an error may carry: the database's have `detail` and `where`, which quote
 * rows and parameters.
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error, message: 'thrown without being an error' }
  const message = safeMessage(error)
  const code = codeOf(error)
  return {
    name: error.name,
    message,
    ...(code !== undefined && { code }),
    ...(error.stack && { stack: `${error.name}: ${message}${framesOf(error.stack)}` }),
    ...(error.cause !== undefined && depth < CAUSES_MAX && { cause: describeError(error.cause, depth + 1) }),
    ...(error instanceof AggregateError &&
      depth < CAUSES_MAX && { errors: error.errors.map((each) => describeError(each, depth + 1)) }),
  }
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** A data exception of the database (class 22) quotes the value it could not take, and a syntax error of JSON the text around it. */
function safeMessage(error: Error): string {
  const quotes = error instanceof SyntaxError || codeOf(error)?.startsWith('22')
  return quotes ? error.message.replaceAll(/".*"/gs, '"…"') : error.message
}

/** The stack begins with the message, which is said already. */
function framesOf(stack: string): string {
  const frames = stack.search(/\n {4}at /)
  return frames < 0 ? '' : stack.slice(frames)
}
