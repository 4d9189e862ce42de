import type { Account, Grant, History, SeenRecord } from './history.js'

/** What of the hub's promises a history breaks, a sentence each; none: it was kept. */
export function violationsIn(history: History): string[] {
  return [
    ...history.hubs.flatMap((hub) => [...orderViolations(hub), ...repeated(hub), ...lost(history, hub)]),
    ...differences(history.hubs),
    ...history.readers.flatMap((reader) => [...orderViolations(reader), ...missed(history, reader)]),
    ...leaseViolations(history),
  ]
}

/** Ids ascend for whoever reads, so none is there twice. */
function orderViolations({ of, records }: Account): string[] {
  return records.flatMap((record, index) => {
    const before = records[index - 1]
    if (before === undefined || record.id > before.id) return []
    return [`${of}: id ${record.id} (${record.name}) came after id ${before.id} (${before.name})`]
  })
}

function repeated({ of, records }: Account): string[] {
  const ids = new Map<string, number>()
  return records.flatMap(({ name, id }) => {
    const other = ids.get(name)
    ids.set(name, id)
    return other === undefined ? [] : [`${of}: ${name} is there twice, as ${other} and ${id}`]
  })
}

/** Everything that was acknowledged is there, as it was sent. */
function lost({ acknowledged, registers }: History, { of, records }: Account): string[] {
  const contents = new Map(records.map(({ name, content }) => [name, content]))
  return [...acknowledged, ...registers].flatMap(([name, content]) => {
    const found = contents.get(name)
    if (found === content) return []
    return [
      found === undefined
        ? `${of}: ${name} was acknowledged and is lost`
        : `${of}: ${name} is ${found}, not what was acknowledged: ${content}`,
    ]
  })
}

/** Hubs on one store show the same. */
function differences([first, ...others]: readonly Account[]): string[] {
  if (first === undefined) return ['no hub was read']
  const shown = JSON.stringify(first.records)
  return others
    .filter(({ records }) => JSON.stringify(records) !== shown)
    .map(({ of }) => `${of} and ${first.of} differ`)
}

/** A reader was given everything that is there in the end, and what never changes exactly once. */
function missed({ hubs, acknowledged }: History, { of, records }: Account): string[] {
  const given = new Map(records.map((record) => [record.id, JSON.stringify(record)]))
  const times = new Map<string, number>()
  for (const { name } of records) times.set(name, (times.get(name) ?? 0) + 1)
  return [
    ...(hubs[0]?.records ?? [])
      .filter((record) => given.get(record.id) !== JSON.stringify(record))
      .map(({ id, name }) => `${of}: never saw id ${id} (${name})`),
    ...[...acknowledged.keys()]
      .filter((name) => (times.get(name) ?? 0) > 1)
      .map((name) => `${of}: was given ${name} ${times.get(name)} times`),
  ]
}

/** One stretch for which a run has a lease; `since` where a reader was told when the hub took it. */
interface Term {
  readonly name: string
  readonly token: number
  readonly runId: string
  readonly lapsesAt: number
  readonly since: number | null
}

/** A token belongs to one holder, and nobody has a lease before that of the holder before has lapsed. */
function leaseViolations({ grants, hubs, readers }: History): string[] {
  const seen = [...hubs, ...readers].flatMap(({ records }) => records).filter(({ token }) => token !== null)
  const terms = [...grants.map(grantedTerm), ...seen.map(seenTerm)]
  const names = new Set(terms.map(({ name }) => name))
  return [...names].flatMap((name) => violationsOfLease(terms.filter((term) => term.name === name)))
}

function violationsOfLease(terms: readonly Term[]): string[] {
  const violations = new Set<string>()
  let lapsed = Number.NEGATIVE_INFINITY
  for (const token of new Set(terms.map((term) => term.token).sort((one, other) => one - other))) {
    const ofToken = terms.filter((term) => term.token === token)
    const holders = new Set(ofToken.map(({ runId }) => runId))
    for (const { name, since } of ofToken) {
      if (holders.size > 1) violations.add(`${name}: token ${token} was given to ${[...holders].join(' and ')}`)
      if (since !== null && since < lapsed) {
        violations.add(`${name}: token ${token} began ${lapsed - since} ms before the one before had lapsed`)
      }
    }
    lapsed = Math.max(lapsed, ...ofToken.map(({ lapsesAt }) => lapsesAt))
  }
  return [...violations]
}

function grantedTerm({ name, token, runId, expiresAt }: Grant): Term {
  return { name, token, runId, lapsesAt: Date.parse(expiresAt), since: null }
}

function seenTerm({ name, token, runId, expiresAt, receivedAt }: SeenRecord): Term {
  return {
    name,
    token: token as number,
    runId,
    lapsesAt: Date.parse(expiresAt as string),
    since: Date.parse(receivedAt),
  }
}
