/** Any piece of an OpenAPI document. */
interface Node {
  [name: string]: unknown
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete', 'head', 'options']

/**
 * Every difference between two OpenAPI documents that a client could notice, one line each: paths, methods, operation ids, groups,
 * parameters, bodies, answers and schemas, field by field. Words, examples and the order of things are nobody's concern.
 */
export function compareDocuments(theirs: object, ours: object): string[] {
  const found: string[] = []
  const [a, b] = [nodeOf(theirs), nodeOf(ours)]
  compareNamed('', operationsOf(a), operationsOf(b), compareOperations)
  compareNamed('', schemasOf(a), schemasOf(b), compareSchemas)
  compareValues('security', a.security, b.security)
  compareValues('securitySchemes', schemesOf(a), schemesOf(b))
  return found

  function compareOperations(where: string, a: Node, b: Node): void {
    compareValues(`${where} › operationId`, a.operationId, b.operationId)
    compareValues(`${where} › tags`, a.tags, b.tags)
    compareNamed(`${where} › `, parametersOf(a), parametersOf(b), compareParameters)
    compareBodies(`${where} › body`, a.requestBody, b.requestBody)
    compareNamed(`${where} › answer `, nodeOf(a.responses), nodeOf(b.responses), compareContents)
  }

  function compareParameters(where: string, a: Node, b: Node): void {
    for (const name of ['required', 'allowEmptyValue', 'allowReserved']) {
      compareValues(`${where} › ${name}`, a[name] ?? false, b[name] ?? false)
    }
    // How one plain value is spelled does not depend on the style.
    if (!isPlain(a.schema)) {
      compareValues(`${where} › style`, a.style, b.style)
      compareValues(`${where} › explode`, a.explode, b.explode)
    }
    compareSchemas(where, a.schema, b.schema)
  }

  function compareBodies(where: string, a: unknown, b: unknown): void {
    if (a && b) compareValues(`${where} › required`, nodeOf(a).required ?? false, nodeOf(b).required ?? false)
    if (a || b) compareContents(where, a, b)
  }

  function compareContents(where: string, a: unknown, b: unknown): void {
    compareNamed(`${where} › `, contentOf(a), contentOf(b), (where, a, b) =>
      compareSchemas(where, nodeOf(a).schema, nodeOf(b).schema),
    )
  }

  function compareSchemas(where: string, a: unknown, b: unknown): void {
    compareCanonical(where, canonical(a), canonical(b))
  }

  function compareCanonical(where: string, a: Node, b: Node): void {
    const { properties: fieldsA, ...restA } = a
    const { properties: fieldsB, ...restB } = b
    compareNamed(`${where}.`, nodeOf(fieldsA), nodeOf(fieldsB), compareCanonical)
    for (const rule of new Set([...Object.keys(restA), ...Object.keys(restB)])) {
      const [ruleA, ruleB] = [restA[rule], restB[rule]]
      if (isNode(ruleA) && isNode(ruleB)) compareCanonical(`${where}[${rule}]`, ruleA, ruleB)
      else if (Array.isArray(ruleA) && Array.isArray(ruleB) && ruleA.length === ruleB.length && ruleA.every(isNode)) {
        for (const [i, choice] of ruleA.entries()) compareCanonical(`${where}[${rule} ${i}]`, choice, nodeOf(ruleB[i]))
      } else compareValues(`${where} › ${rule}`, ruleA, ruleB)
    }
  }

  function compareNamed(where: string, a: Node, b: Node, compare: (where: string, a: Node, b: Node) => void): void {
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      if (!(name in b)) found.push(`${where}${name}: missing`)
      else if (!(name in a)) found.push(`${where}${name}: only ours`)
      else compare(`${where}${name}`, nodeOf(a[name]), nodeOf(b[name]))
    }
  }

  function compareValues(where: string, a: unknown, b: unknown): void {
    const [textA, textB] = [JSON.stringify(a), JSON.stringify(b)]
    if (textA !== textB) found.push(`${where}: theirs ${textA ?? 'nothing'}, ours ${textB ?? 'nothing'}`)
  }
}

/** By method and path, `GET /tags`. */
export function operationsOf(document: object): Node {
  return Object.fromEntries(
    Object.entries(nodeOf(nodeOf(document).paths)).flatMap(([path, methods]) =>
      METHODS.filter((method) => method in nodeOf(methods)).map((method) => [
        `${method.toUpperCase()} ${path}`,
        nodeOf(methods)[method],
      ]),
    ),
  )
}

function schemasOf(document: Node): Node {
  return nodeOf(nodeOf(document.components).schemas)
}

function schemesOf(document: Node): unknown {
  return withoutWords(nodeOf(nodeOf(document.components).securitySchemes))
}

function parametersOf(operation: Node): Node {
  const parameters = (operation.parameters ?? []) as Node[]
  return Object.fromEntries(parameters.map((parameter) => [`${parameter.in} ${parameter.name}`, parameter]))
}

/** What nothing satisfies is sent as no content at all. */
function contentOf(holder: unknown): Node {
  const entries = Object.entries(nodeOf(nodeOf(holder).content))
  return Object.fromEntries(entries.filter(([, media]) => !isImpossible(nodeOf(media).schema)))
}

function isImpossible(schema: unknown): boolean {
  const { not, anyOf } = nodeOf(schema)
  if (Array.isArray(anyOf)) return anyOf.every(isImpossible)
  return isNode(not) && Object.keys(canonical(not)).length === 0
}

function isPlain(schema: unknown): boolean {
  const { type, anyOf } = nodeOf(schema)
  return Array.isArray(anyOf) ? anyOf.every(isPlain) : type !== 'object' && type !== 'array'
}

const WORDS = ['title', 'description', 'examples', 'example', 'deprecated', 'format']

/** A schema in the one form of all that mean the same. */
function canonical(schema: unknown): Node {
  const { const: single, ...rest } = withoutWords(nodeOf(schema))
  const result: Node = single === undefined ? rest : { ...rest, enum: [single] }
  if (Array.isArray(result.enum)) {
    result.enum = [...result.enum].sort()
    delete result.type
  }
  if (Array.isArray(result.required))
    result.required = result.required.length > 0 ? [...result.required].sort() : undefined
  if (isAnything(result.additionalProperties)) delete result.additionalProperties
  // The names in a JSON object are always strings.
  if (JSON.stringify(result.propertyNames) === '{"type":"string"}') delete result.propertyNames
  for (const rule of ['items', 'not', 'additionalProperties']) {
    if (isNode(result[rule])) result[rule] = canonical(result[rule])
  }
  for (const rule of ['anyOf', 'oneOf', 'allOf', 'prefixItems']) {
    const list = result[rule]
    if (Array.isArray(list))
      result[rule] = rule === 'prefixItems' ? list.map(canonical) : list.map(canonical).sort(byForm)
  }
  if (isNode(result.properties)) {
    result.properties = Object.fromEntries(
      Object.entries(result.properties).map(([name, field]) => [name, canonical(field)]),
    )
  }
  return Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined))
}

function byForm(a: Node, b: Node): number {
  const [textA, textB] = [a, b].map((schema) => JSON.stringify([schema.type ?? '', schema.$ref ?? '', schema]))
  return (textA ?? '') < (textB ?? '') ? -1 : 1
}

function isAnything(schema: unknown): boolean {
  return schema === true || (isNode(schema) && Object.keys(schema).length === 0)
}

function withoutWords(node: Node): Node {
  return Object.fromEntries(
    Object.entries(node)
      .filter(([name]) => !WORDS.includes(name) && !name.startsWith('x-'))
      .map(([name, value]) => [name, isNode(value) && name === 'bearerAuth' ? withoutWords(value) : value]),
  )
}

function nodeOf(value: unknown): Node {
  return isNode(value) ? value : {}
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
