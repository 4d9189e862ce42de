/** A record as somebody was given it. */
export interface SeenRecord {
  readonly id: number
  /** `kind/record_id` */
  readonly name: string
  readonly runId: string
  /** The payload as JSON text. */
  readonly content: string
  readonly expiresAt: string | null
  readonly token: number | null
  readonly receivedAt: string
}

/** A lease as the answer to a push gave it. */
export interface Grant {
  readonly name: string
  readonly token: number
  readonly runId: string
  readonly expiresAt: string
}

/** What one reader was given, in the order in which it came; or all that a hub has at the end. */
export interface Account {
  readonly of: string
  readonly records: readonly SeenRecord[]
}

/** What clients were told while hubs, databases and connections broke. */
export interface History {
  /** Records that never change, of which a push was acknowledged: their contents by name. */
  readonly acknowledged: ReadonlyMap<string, string>
  /** The contents that registers were given last, acknowledged, by name. */
  readonly registers: ReadonlyMap<string, string>
  readonly grants: readonly Grant[]
  /** What each hub has at the end, read from the beginning. */
  readonly hubs: readonly Account[]
  readonly readers: readonly Account[]
}

/** A record from the body of a page. */
export function seenRecord(wire: unknown): SeenRecord {
  const record = wire as Record<string, never>
  return {
    id: record.id as unknown as number,
    name: `${record.kind}/${record.record_id}`,
    runId: record.run_id as unknown as string,
    content: JSON.stringify(record.payload),
    expiresAt: record.expires_at as unknown as string | null,
    token: record.token as unknown as number | null,
    receivedAt: record.received_at as unknown as string,
  }
}
