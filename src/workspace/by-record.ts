/** The holds of each record together, as one reservation holds several addresses. */
export function byRecord<One extends { readonly kind: string; readonly recordId: string }>(
  holds: readonly One[],
): readonly (readonly [One, ...One[]])[] {
  const records = new Map<string, [One, ...One[]]>()
  for (const hold of holds) {
    const key = `${hold.kind}\n${hold.recordId}`
    const others = records.get(key)
    if (others === undefined) records.set(key, [hold])
    else others.push(hold)
  }
  return [...records.values()]
}
