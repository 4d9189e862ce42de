import { defineCommand } from './command.js'

export const kindsNew = defineCommand({
  name: 'kinds new',
  summary: 'Make a package with a kind of your own, whose tests pass.',
  moment: 'set_up',
  description: `Makes the directory muse-kind-NAME with the kind as a plain object, its JSON Schema, a test that runs the
conformance suite of kinds, package.json and a README. Nothing that is there is replaced.`,
  arguments: '<name>',
  options: [],
  isBeforePlugins: true,
  examples: ['kinds new lock', 'kinds new lock -C packages --json'],
  json: ['name', 'directory  where the package was made', 'files      [name]'],
  exitCodes: { 0: 'made', 1: 'no name for a kind, or the name or the directory is taken' },
  async run({ arguments: [name], directory, session }) {
    const { makeKindPackage } = await import('../kinds/scaffold/make-kind-package.js')
    const result = makeKindPackage(name, directory, (await session()).registry)
    const lines = [
      `✅ Made ${result.directory}: ${result.files.join(', ')}`,
      `   cd ${result.directory} && npm install && npm test`,
      `   muse-coord kinds --plugin ${result.directory}`,
    ]
    return { result, text: lines.join('\n') }
  },
})
