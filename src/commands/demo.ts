import { defineCommand } from './command.js'
import type { DemoResult } from './demo/play.js'
import { table } from './table.js'

export const demo = defineCommand({
  name: 'demo',
  summary: 'See the main job done: two machines, one hub, in a temporary place.',
  moment: 'set_up',
  description: `Plays a small story with the real commands: a hub, two machines with an identity each, records of every kind written on
one, pushed, and read on the other. Says each step with the command that a person would type. Nothing outside of a
temporary directory is touched, and that is removed at the end.`,
  options: [{ flag: '--keep', description: 'Leave the directory to look around in it.' }],
  examples: ['demo', 'demo --json', 'demo --keep'],
  json: [
    'directory       where it was played; null when it has been removed',
    'hub             address of the hub that was played with',
    'steps           [{machine, what, command, duration_ms}]',
    'visible         [{kind, record_id, run_id, author, expires_at, token}] what the second machine sees at the end',
  ],
  exitCodes: { 0: 'played', 1: 'a step failed' },
  async run({ flags, output, signal, runLine }) {
    const { play } = await import('./demo/play.js')
    const result = await play({
      runLine,
      keep: flags.on('keep'),
      signal,
      onStep({ machine, what, command }) {
        if (!output.json) output.emit({}, `${machine.padEnd(7)}  ${`${what}:`.padEnd(57)} ${command}`)
      },
    })
    return { result, text: textOf(result, output.columns) }
  },
})

function textOf({ visible, directory }: DemoResult, columns: number): string {
  const rows = visible.map(({ kind, recordId, runId, author, expiresAt, token }) => [
    ...[kind, recordId, runId, author, expiresAt ?? 'never', token === null ? '' : String(token)],
  ])
  const header = ['KIND', 'RECORD', 'RUN', 'AUTHOR', 'LAPSES', 'TOKEN']
  const left = directory === null ? '' : `\n\nEverything is left in ${directory}`
  return `\n✅ What ada’s machine can see now:\n\n${table([header, ...rows], columns)}${left}`
}
