import { oneLine } from '../../base/printable.js'
import type { ShownRecord, ShowResult } from '../../workspace/show.js'
import { defineCommand } from '../command.js'
import { MAX_AGE_OPTION } from '../max-age.js'

export const show = defineCommand({
  name: 'show',
  summary: 'Show everything that is known of an id.',
  moment: 'look',
  description: `Shows the records of an id, of whatever kind: as they stand, where they came from, and which copies they stand before; then
the records that mention it. The id may be that of a run, or be shortened to its first characters, four at least.`,
  arguments: '<id>',
  options: [MAX_AGE_OPTION],
  examples: ['show 0b9d1c1e-6a5d-4a0e-9f9e-3c2b8f1d7a10 --json', 'show agent-7', 'show 0b9d1c1e'],
  json: [
    'id              in full',
    'records         [{kind, record_id, run_id, payload, expires_at, lapsed, origin: local|remote, id, author, token,',
    '                  received_at, file, shadowed: [{origin, run_id, expires_at, token, file}]}]',
    'mentions        [{kind, record_id, run_id}] records that hold the id anywhere',
  ],
  exitCodes: {
    0: 'shown',
    1: 'bad arguments, or the beginning of several ids',
    4: 'nothing has this id',
  },
  async run({ arguments: [id], session }) {
    const { payloadText, show } = await import('../../workspace/show.js')
    const opened = await session()
    const result = show(opened, id)
    const records = result.records.map((record) => ({ ...record, payload: payloadText(opened, record) }))
    return {
      result: { ...result, records },
      text: () => [...result.records.map(recordText), ...mentionText(result.mentions)].join('\n\n'),
    }
  },
})

function recordText({ kind, recordId, runId, payload, expiresAt, lapsed, origin, ...hub }: ShownRecord): string {
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

function mentionText(mentions: ShowResult['mentions']): string[] {
  if (mentions.length === 0) return []
  return [
    ['Mentioned by', ...mentions.map(({ kind, recordId, runId }) => `  ${kind} ${recordId} (${runId})`)].join('\n'),
  ]
}
