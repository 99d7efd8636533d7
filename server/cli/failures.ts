import pg from 'pg'
import { ConfigError } from '../config.ts'
import { DomainError } from '../domain/errors.ts'
import { EmbeddedDatabaseError } from '../store/embedded/errors.ts'
import { SchemaError } from '../store/migrate.ts'

/** A command cannot do what it was asked; the message says why in a sentence. */
export class CommandError extends Error {}

/** One sentence on stderr for what the operator can mend; everything in our hands for what only a developer can. */
export function reportFailure(error: unknown): void {
  const sentence = explain(error)
  if (sentence !== null) process.stderr.write(`${sentence}\n`)
  else console.error('This is a mistake in open-inbox, please report it:', error)
}

/** Null: nothing was prepared for this. */
export function explain(error: unknown): string | null {
  if (wordedErrors.some((kind) => error instanceof kind)) return (error as Error).message
  if (error instanceof pg.DatabaseError) return explainRefusal(error)
  if (error instanceof Error) return explainSystemError(rootOf(error)) ?? explainLostConnection(error)
  return null
}

const wordedErrors = [CommandError, DomainError, ConfigError, SchemaError, EmbeddedDatabaseError]

/** Classes of PostgreSQL's codes that are about signing in, missing databases or rights, and capacity; others are our mistakes. */
function explainRefusal({ code = '', message }: pg.DatabaseError): string | null {
  const known = ['28', '3D', '42501', '53', '57P', '08', '58'].some((start) => code.startsWith(start))
  return known ? `The database refuses: ${message}.` : null
}

/** Of a name with several addresses, the failure of the first. */
function rootOf(error: Error): NodeJS.ErrnoException {
  return error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error
}

interface SystemError extends NodeJS.ErrnoException {
  address?: string
  port?: number
}

function explainSystemError({ code, syscall, path, message, address, port }: SystemError): string | null {
  if (syscall === 'listen' && code === 'EADDRINUSE') {
    return `Port ${port} is in use already: stop the other program, or set PORT to another one.`
  }
  if (syscall === 'listen') return `${address}:${port} cannot be listened on (${code}): check HOST and PORT.`
  if (syscall === 'connect' || syscall === 'getaddrinfo') {
    return `The database cannot be reached (${message}): check DATABASE_URL, or unset it to use the embedded one.`
  }
  if (!code || !path) return null
  return `${path} cannot be used (${fileTroubles[code] ?? code}): check OPEN_INBOX_DATA_DIR.`
}

const fileTroubles: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'it is not a folder',
}

/** What the driver says without a code. */
function explainLostConnection({ message }: Error): string | null {
  const known = /^(Connection terminated|timeout expired|timeout exceeded|The server does not support SSL)/.test(
    message,
  )
  return known ? `The database cannot be reached (${message}).` : null
}
