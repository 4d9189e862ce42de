import type { ClientBase, QueryConfig, QueryResult } from 'pg'

/**
 * Sends statements together, so that a server elsewhere is waited for once. Each is done after the one before it. Where one fails in
 * a transaction those behind it fail too, a `COMMIT` as well. A driver that cannot do so sends one after the other.
 *
 * @param statements one text may hold several, and has a list of results then
 * @returns the result of each, in order
 * @throws what the first that failed was refused with; others may be under way then, so the connection is of no use any more
 */
export async function sendTogether(client: ClientBase, statements: readonly QueryConfig[]): Promise<unknown[]> {
  if ('pipeline' in client && client.pipeline) return Promise.all(statements.map((one) => client.query(one)))
  const results: (QueryResult | QueryResult[])[] = []
  for (const one of statements) results.push(await client.query(one))
  return results
}
