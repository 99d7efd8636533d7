import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { roundMs, rounds } from './options.ts'
import type { Round } from './processes.ts'

/** Medians over the rounds, and what they varied between. */
export interface Figure {
  perSecond: number
  least: number
  most: number
  p50Ms: number
  p99Ms: number
  failures: number
}

export interface PathFigures {
  name: string
  threads: number
  share: number
  /** API v1. */
  ours: Figure
  v2: Figure
  driver: Figure
  floor: Figure
}

export interface Goal {
  what: string
  goal: string
  measured: string
  reached: boolean | null
}

export interface Table {
  title: string
  note: string
  head: string[]
  rows: string[][]
}

export function figureOf(rounds: readonly Round[]): Figure {
  const rates = rounds.map((round) => round.perSecond)
  return {
    perSecond: median(rates),
    least: Math.min(...rates),
    most: Math.max(...rates),
    p50Ms: median(rounds.map((round) => round.p50Ms)),
    p99Ms: median(rounds.map((round) => round.p99Ms)),
    failures: rounds.reduce((total, round) => total + round.failures, 0),
  }
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

export function pathTable(figures: readonly PathFigures[]): Table {
  return {
    title: 'Requests per second',
    note: 'Medians [least-most] of the rounds; p50 / p99 in ms. "driver": the same statements through `pg`, without HTTP. "floor": `node:http` with the same bytes and nothing behind it. Lists ask for the same pages again and again, which the server remembers in part; where each page is asked for in turn it cannot. Single threads are 5,000 in turn, more than it remembers.',
    head: ['path', 'threads', 'ours', 'p50 / p99', 'driver', 'p50 / p99', 'floor', 'ours / driver', 'goal', ''],
    rows: figures.map(({ name, threads, share, ours, driver, floor }) => {
      const part = ours.perSecond / driver.perSecond
      return [
        name,
        short(threads),
        rate(ours),
        times(ours),
        rate(driver),
        times(driver),
        Math.round(floor.perSecond).toString(),
        part.toFixed(2),
        `≥ ${share}`,
        mark(part >= share),
      ]
    }),
  }
}

/** Not the whole difference is work: an answer of v2 may be longer or shorter. */
export function versionTable(figures: readonly PathFigures[]): Table {
  return {
    title: 'API v2 beside v1',
    note: 'The same asked of either version in turns, in requests per second.',
    head: ['path', 'threads', 'v1', 'v2', 'p50 / p99', 'v2 / v1', 'goal', ''],
    rows: figures.map(({ name, threads, ours, v2 }) => {
      const part = v2.perSecond / ours.perSecond
      return [name, short(threads), rate(ours), rate(v2), times(v2), part.toFixed(2), '≥ 0.9', mark(part >= 0.9)]
    }),
  }
}

export function goalTable(goals: readonly Goal[]): Table {
  return {
    title: 'Goals',
    note: 'Those that are not a share of the driver limit.',
    head: ['what', 'goal', 'measured', ''],
    rows: goals.map(({ what, goal, measured, reached }) => [
      what,
      goal,
      measured,
      reached === null ? '' : mark(reached),
    ]),
  }
}

export function renderText({ title, note, head, rows }: Table): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  return [`\n${title}`, note, '', line(head), ...rows.map(line)].join('\n')
}

export function renderMarkdown({ title, note, head, rows }: Table): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [`## ${title}`, '', note, '', line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n')
}

/** What the numbers were measured with. */
export function machine(): string[] {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname })
    .toString()
    .trim()
  return [
    `Commit ${commit}, ${new Date().toISOString().slice(0, 10)}; ${rounds} rounds of ${roundMs / 1000} s`,
    `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB memory, ${process.platform} ${process.arch}`,
    `Node ${process.versions.node}, embedded PostgreSQL 18.4 as it comes; server, database and load share the machine`,
  ]
}

/** Writes docs/benchmarks.md. */
export async function writeMarkdown(tables: readonly Table[]): Promise<void> {
  const text = [
    '# Benchmarks',
    '',
    'Written by `npm run bench -- --markdown`. Absolute numbers say something about the machine; the ratios and goals were measured in',
    'turns on it and say something about the server. Everything is on: tokens, rate limits, logs, workers, the sandbox.',
    '',
    ...machine().map((line) => `- ${line}`),
    '',
    ...tables.map(renderMarkdown),
  ].join('\n')
  await writeFile(fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url)), `${text.trimEnd()}\n`)
}

export function short(threads: number): string {
  if (threads >= 1_000_000) return `${threads / 1_000_000}M`
  return threads >= 1_000 ? `${threads / 1_000}k` : String(threads)
}

function rate({ perSecond, least, most, failures }: Figure): string {
  const range = `${Math.round(perSecond)} [${Math.round(least)}-${Math.round(most)}]`
  return failures > 0 ? `${range} (${failures} failed)` : range
}

function times({ p50Ms, p99Ms }: Figure): string {
  return `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)}`
}

function mark(reached: boolean): string {
  return reached ? 'reached' : 'missed'
}
