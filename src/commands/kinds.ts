import { defineCommand } from './command.js'
import { table } from './table.js'

export const kinds = defineCommand({
  name: 'kinds',
  summary: 'List the record kinds that are registered, and where each came from.',
  moment: 'set_up',
  description: `Lists the kinds in the order in which their records are gathered: the built-in ones, then those of
[coord] plugins in .muse/config.toml, then those of --plugin. Plugins that are not trusted here are named as left out.`,
  options: [],
  examples: ['kinds --json', 'kinds --plugin ./kinds/checkpoint.js'],
  json: ['kinds  [{name, directory, id_field, run_id_field, merge, origin}]'],
  exitCodes: { 0: 'listed', 1: 'a plugin is missing or broken' },
  async run({ output, session }) {
    const { listKinds } = await import('../workspace/list-kinds.js')
    const kinds = listKinds(await session())
    const rows = kinds.map(({ name, directory, idField, runIdField, merge, origin }) => [
      ...[name, directory, idField, runIdField, merge, origin],
    ])
    const header = ['KIND', 'DIRECTORY', 'RECORD ID', 'RUN ID', 'MERGE', 'FROM']
    return { result: { kinds }, text: table([header, ...rows], output.columns) }
  },
})
