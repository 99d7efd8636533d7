import pg from 'pg'
import utils from 'pg/lib/utils.js'
import { remembering } from './remembered-rows.ts'

/** What the driver's connection offers to a query; the driver's types leave it out. */
interface Wire {
  readonly parsedStatements: Record<string, string | undefined>
  readonly submittedNamedStatements: Record<string, string | undefined>
  parse(statement: { name: string; text: string }): void
  bind(call: {
    statement: string
    values: readonly unknown[]
    valueMapper: (value: unknown) => string | Buffer | null
  }): void
  describe(what: { type: 'P'; name: string }): void
  execute(call: { portal: string }): void
  sync(): void
}

type TypeId = Parameters<typeof pg.types.getTypeParser>[0]

interface Column {
  name: string
  /** Of its type, in PostgreSQL's catalogue. */
  dataTypeID: TypeId
}

export interface Statement {
  name: string
  text: string
  /** It neither changes anything nor waits for somebody who does. */
  onlyReads: boolean
  /** A row that reads as it did before is the same object as before. Its first column says which row it is. */
  remembersRows: boolean
  values: readonly unknown[]
}

export type Done = (error: Error | null, rows: object[]) => void

/** As they arrive: every value is text. */
export type RawRow = readonly (string | null)[]
export type RowReader = (row: RawRow) => object

/** How to read a statement's rows, by connection and name. */
const readers = new WeakMap<Wire, Map<string, RowReader>>()

/**
 * A statement that is prepared once per connection. The driver does that too for a query with a name; this one costs both sides less: columns
 * are described once per connection instead of with every call, and rows are read by code made for them.
 */
export class Prepared extends pg.Query {
  private readonly found: object[] = []
  private connection: Wire | undefined
  private reader: RowReader | undefined
  private failure: Error | null = null
  /** The driver sets it before it submits the query. */
  declare private readonly callback: Done

  // By these two the driver keeps account of what a connection has parsed.
  readonly name: string
  readonly text: string
  private readonly remembersRows: boolean
  private readonly values: readonly unknown[]

  constructor({ name, text, remembersRows, values }: Statement) {
    super(text)
    this.name = name
    this.text = text
    this.remembersRows = remembersRows
    this.values = values
  }

  /** The driver calls this to write everything the server has to be told. */
  prepare(connection: Wire): void {
    const { name, text, values } = this
    this.connection = connection
    if ((connection.parsedStatements[name] ?? connection.submittedNamedStatements[name]) === undefined) {
      connection.parse({ name, text })
      connection.submittedNamedStatements[name] = text
    }
    connection.bind({ statement: name, values, valueMapper: utils.prepareValue })
    this.reader = readersOf(connection).get(name)
    if (!this.reader) connection.describe({ type: 'P', name: '' })
    connection.execute({ portal: '' })
    connection.sync()
  }

  handleRowDescription({ fields }: { fields: readonly Column[] }): void {
    this.reader = this.remembersRows ? rememberingReader(fields) : compileReader(fields)
    if (this.connection) readersOf(this.connection).set(this.name, this.reader)
  }

  handleDataRow({ fields }: { fields: RawRow }): void {
    if (this.failure) return
    try {
      if (!this.reader) throw new Error('a row arrived before its columns were described')
      this.found.push(this.reader(fields))
    } catch (error) {
      this.failure = error as Error
    }
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    if (this.failure) this.callback(this.failure, [])
    else this.callback(null, this.found)
  }

  handleError(error: Error): void {
    this.callback(error, [])
  }
}

/** Gives it to the driver. `done` hears the answer, or why there is none. */
export function submit(runner: Pick<pg.Pool | pg.PoolClient, 'query'>, query: Prepared, done: Done): void {
  // The driver's types know a callback only for a query it makes itself.
  const run = runner.query as (query: Prepared, done: Done) => void
  run.call(runner, query, done)
}

function readersOf(connection: Wire): Map<string, RowReader> {
  let known = readers.get(connection)
  if (!known) {
    known = new Map()
    readers.set(connection, known)
  }
  return known
}

/** A literal with all columns in it: objects made by one are alike to the engine, and several times cheaper than those filled key by key. */
function compileReader(columns: readonly Column[]): RowReader {
  const parsers = columns.map(({ dataTypeID }) => parserOf(dataTypeID))
  const members = columns.map(({ name }, i) => {
    const value = parsers[i] ? `row[${i}] === null ? null : parsers[${i}](row[${i}])` : `row[${i}]`
    return `${JSON.stringify(name)}: ${value}`
  })
  // The names are those our own statements give to their columns.
  return new Function('parsers', `return (row) => ({ ${members.join(', ')} })`)(parsers)
}

/** By their columns: whichever statement and connection a row comes from. */
const rememberingReaders = new Map<string, RowReader>()

function rememberingReader(columns: readonly Column[]): RowReader {
  const shape = columns.map(({ name, dataTypeID }) => `${name} ${dataTypeID}`).join()
  let reader = rememberingReaders.get(shape)
  if (!reader) {
    reader = remembering(compileReader(columns))
    rememberingReaders.set(shape, reader)
  }
  return reader
}

const { TEXT, VARCHAR, TIMESTAMPTZ, INT8 } = pg.types.builtins
// Not among the driver's names.
const TEXT_ARRAY = 1009 as TypeId

/** Undefined: the text itself is the value. */
export function parserOf(dataTypeID: TypeId): ((text: string) => unknown) | undefined {
  if (dataTypeID === TEXT || dataTypeID === VARCHAR) return undefined
  if (dataTypeID === TIMESTAMPTZ) return isoTimestamp
  if (dataTypeID === TEXT_ARRAY) return textArray
  // Our bigints are sequence numbers, far below 2^53.
  if (dataTypeID === INT8) return Number
  return pg.types.getTypeParser(dataTypeID)
}

/** PostgreSQL writes `2026-03-04 05:06:07.1+00`; everybody else wants `2026-03-04T05:06:07.100Z`. Sessions run in UTC. */
function isoTimestamp(text: string): string {
  const fraction = text.slice(20, -3)
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.padEnd(3, '0')}Z`
}

const parseArray = pg.types.getTypeParser(TEXT_ARRAY)

/** Most are empty. */
function textArray(text: string): unknown {
  return text === '{}' ? [] : parseArray(text)
}
