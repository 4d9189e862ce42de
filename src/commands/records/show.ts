import type { Copy, Entry } from '../../workspace/entry.js'
import { findId } from '../../workspace/find-id.js'
import type { Workspace } from '../../workspace/workspace.js'
import type { Command } from '../command.js'
import { oneLine } from '../terminal.js'

export const show: Command = {
  name: 'show',
  summary: 'Show everything that is known of an id.',
  description: `Shows the records of an id, of whatever kind: as they stand, where they came from, and which copies they stand before; then
the records that mention it. The id may be that of a run, or be shortened to its first characters, four at least.`,
  arguments: '<id>',
  options: [],
  examples: ['show 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10 --json', 'show agent-7', 'show 0b9d1c1e'],
  json: [
    'schema_version  "1"',
    'id              in full',
    'records         [{kind, record_id, run_id, payload, expires_at, lapsed, origin: local|remote, id, author, token,',
    '                  received_at, file, shadowed: [{origin, run_id, expires_at, token, file}]}]',
    'mentions        [{kind, record_id, run_id}] records that hold the id anywhere',
  ],
  exitCodes: {
    0: 'shown',
    1: 'bad arguments, or the beginning of several ids',
    2: 'not inside a Muse repository',
    3: 'a fault of this program',
    4: 'nothing has this id',
  },
  async run(call) {
    const [typed = ''] = call.arguments
    const entries = allEntries((await call.session()).workspace)
    const id = findShown(typed, entries)
    const records = entries.filter(({ recordId }) => recordId === id)
    const mentions = entries.filter(
      (entry) => entry.recordId !== id && (entry.runId === id || holds(entry.payload, id)),
    )
    return {
      result: {
        schemaVersion: '1',
        id,
        records: records.map(({ arrivedAt, shadowed, ...record }) => ({ ...record, shadowed: shadowed.map(brief) })),
        mentions: mentions.map(({ kind, recordId, runId }) => ({ kind, recordId, runId })),
      },
      text: [...records.map(recordText), ...mentionText(mentions)].join('\n\n'),
    }
  },
}

function allEntries({ registry, view }: Workspace): readonly Entry[] {
  return registry.all.flatMap(({ name }) => view.entries(name))
}

/** Run ids count as well: a run may have no heartbeat yet. Throws `RECORD_UNKNOWN`, `RECORD_AMBIGUOUS`. */
function findShown(typed: string, entries: readonly Entry[]): string {
  const ids = new Set(entries.flatMap(({ recordId, runId }) => [recordId, runId]))
  ids.delete('')
  return findId('record', typed, [...ids])
}

/** Whether a JSON value has a text, or a key, that is the id. */
function holds(value: unknown, id: string): boolean {
  if (typeof value !== 'object' || value === null) return value === id
  return Object.entries(value).some(([key, item]) => key === id || holds(item, id))
}

function brief({ origin, runId, expiresAt, token, file }: Copy): object {
  return { origin, runId, expiresAt, token, file }
}

function recordText({ kind, recordId, runId, payload, expiresAt, lapsed, origin, ...hub }: Entry): string {
  const where = origin === 'local' ? 'of this workspace' : `from ${hub.author ?? 'the hub'}, ${hub.receivedAt ?? ''}`
  const lines = [
    `${kind} ${recordId}`,
    `  run      ${runId}`,
    `  expires  ${expiresAt === null ? 'never' : expiresAt}${lapsed ? ' (lapsed)' : ''}`,
    `  origin   ${where.trim()}${hub.token === null ? '' : `, token ${hub.token}`}`,
    `  file     ${hub.file}`,
    ...hub.shadowed.map(({ file }) => `  before   ${file}`),
    ...JSON.stringify(payload, null, 2)
      .split('\n')
      .map((line) => `  ${line}`),
  ]
  return lines.map(oneLine).join('\n')
}

function mentionText(mentions: readonly Entry[]): string[] {
  if (mentions.length === 0) return []
  return [
    ['Mentioned by', ...mentions.map(({ kind, recordId, runId }) => `  ${kind} ${recordId} (${runId})`)].join('\n'),
  ]
}
