import type { TeamId } from '../store/ids.ts'
import { type Issue, invalid } from './errors.ts'
import type { DomainEvent, LoggedEvent } from './events.ts'

export type LogType = DomainEvent['type']

/** The types of an API version under its own names, and what each is called in the log. */
export type EventCatalogue = Readonly<Record<string, CataloguedType>>

export interface CataloguedType {
  logTypes: readonly LogType[]
  /** Not part of "all": clients that know the version's types from elsewhere have never heard of it. */
  onlyWhenNamed?: true
}

export type EventVersionName = '1' | '2'

/** How an API version shows events, for whoever hands them out without being asked for each. */
export interface EventVersion {
  catalogue: EventCatalogue
  /** Its type in the version's words, and the event as the version's list of events has it, as JSON. Only for types of the catalogue. */
  render(event: LoggedEvent, teamId: TeamId): { type: string; json: string }
}

export type EventVersions = Readonly<Record<EventVersionName, EventVersion>>

/** All that may be asked for: each type by its name, and all types of a noun as `thread.*`. */
export function patternsOf(catalogue: EventCatalogue): string[] {
  const names = Object.keys(catalogue)
  return [...names, ...new Set(names.map(nounPatternOf))]
}

/** The log's types that the patterns ask for; null = all. Throws `invalidRequest` when one of them asks for nothing. */
export function compileTypes(
  catalogue: EventCatalogue,
  patterns: readonly string[] | null,
  path: Issue['path'],
): LogType[] {
  const types = Object.entries(catalogue)
  if (patterns === null) return logTypesOf(types.filter(([, { onlyWhenNamed }]) => !onlyWhenNamed))
  const known = new Set(patternsOf(catalogue))
  const unknown = patterns.find((pattern) => !known.has(pattern))
  if (unknown !== undefined) throw invalid({ path, message: `names no type of event with "${unknown}"` })
  const wanted = new Set(patterns)
  return logTypesOf(types.filter(([name]) => wanted.has(name) || wanted.has(nounPatternOf(name))))
}

/** `thread.*` of `thread.assigned`. */
export function nounPatternOf(name: string): string {
  return `${name.slice(0, name.indexOf('.'))}.*`
}

function logTypesOf(types: readonly [string, CataloguedType][]): LogType[] {
  return types.flatMap(([, { logTypes }]) => logTypes)
}
