import pg from 'pg'

type Ask = (this: pg.Client, ...values: unknown[]) => unknown
type Callback = (...values: unknown[]) => void

/**
 * How often work that is done in this process waits for a PostgreSQL server: statements that go out together, before the first of them
 * is answered, are one round trip. Of connections of a pool; one that is held beside it asks by itself whether it is alive.
 */
export async function countRoundTrips(work: () => Promise<unknown>): Promise<number> {
  const prototype = pg.Client.prototype as unknown as { query: Ask }
  const { query } = prototype
  const underWay = new Map<pg.Client, number>()
  let count = 0
  prototype.query = function (...values) {
    if (!('release' in this)) return query.apply(this, values)
    const before = underWay.get(this) ?? 0
    if (before === 0) count += 1
    underWay.set(this, before + 1)
    const answered = (): unknown => underWay.set(this, (underWay.get(this) ?? 0) - 1)
    const callback = values.at(-1)
    if (typeof callback === 'function') {
      const told: Callback = (...result) => {
        answered()
        callback(...result)
      }
      return query.apply(this, [...values.slice(0, -1), told])
    }
    const asking = query.apply(this, values) as Promise<unknown>
    asking.then(answered, answered)
    return asking
  }
  try {
    await work()
  } finally {
    prototype.query = query
  }
  return count
}
