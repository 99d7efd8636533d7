// Compares v1's document with the hosted API's, which is no part of this project. Where it is not at hand, says so and leaves it at that.
import { readFile } from 'node:fs/promises'
import { documentOf } from '../server/http/openapi.ts'
import { v1 } from '../server/http/v1/api.ts'
import { compareDocuments, operationsOf } from './compare-documents.ts'
import { contractDifferences } from './contract-differences.ts'

const OPERATIONS = 38
const file = '../shared/contract/inbox-v1.openapi.json'

const text = await readFile(new URL(`../${file}`, import.meta.url), 'utf8').catch(() => null)
if (text === null)
  console.log(`Left out: v1 was not compared with the hosted API's document, because there is no ${file}.`)
else check(JSON.parse(text))

function check(theirs: object): void {
  const ours = documentOf(v1)
  const differences = compareDocuments(theirs, ours)
  const unexpected = differences.filter(
    (difference) => !contractDifferences.some(({ where }) => where.test(difference)),
  )
  const outdated = contractDifferences.filter(({ where }) => !differences.some((difference) => where.test(difference)))
  const count = Object.keys(operationsOf(ours)).length

  const complaints = [
    ...unexpected.map((difference) => `differs: ${difference}`),
    ...outdated.map(({ where }) => `listed in scripts/contract-differences.ts, but not found any more: ${where}`),
    ...(count === OPERATIONS ? [] : [`v1 has ${OPERATIONS} operations, ours ${count}`]),
  ]
  if (complaints.length > 0) {
    console.error(complaints.join('\n'))
    process.exitCode = 1
    return
  }
  console.log(
    `v1 is the hosted API's contract: ${count} operations compared, ${differences.length} differences, all with their reasons.`,
  )
}
