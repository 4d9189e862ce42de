import type { Command } from './command.js'
import { table } from './table.js'

export const kinds: Command = {
  name: 'kinds',
  summary: 'List the record kinds that are registered, and where each came from.',
  description: `Lists the kinds in the order in which their records are gathered: the built-in ones, then those of
[coord] plugins in .muse/config.toml, then those of --plugin.`,
  options: [],
  examples: ['kinds --json', 'kinds --plugin ./kinds/checkpoint.js'],
  json: ['kinds  [{name, directory, id_field, run_id_field, merge, origin}]'],
  exitCodes: { 0: 'listed', 1: 'a plugin is missing or broken' },
  async run(call) {
    const registry = (await call.session()).registry
    const listed = registry.all.map((kind) => ({
      name: kind.name,
      directory: kind.directory,
      idField: kind.idField,
      runIdField: kind.runIdField,
      merge: kind.merge,
      origin: registry.originOf(kind),
    }))
    const rows = listed.map((kind) => [
      kind.name,
      kind.directory,
      kind.idField,
      kind.runIdField,
      kind.merge,
      kind.origin,
    ])
    const header = ['KIND', 'DIRECTORY', 'RECORD ID', 'RUN ID', 'MERGE', 'FROM']
    return { result: { kinds: listed }, text: table([header, ...rows], call.output.columns) }
  },
}
