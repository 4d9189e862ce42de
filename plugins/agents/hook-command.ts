import { coordError, defineCommand, type KeeperProgram, nearest, quote } from '../../src/plugin.js'
import { knownPrograms } from './agent-run.js'
import { MAX_INPUT_BYTES } from './read-event.js'

export const hookCommand = defineCommand({
  name: 'hook',
  summary: 'Answer a hook of an agent program; `setup` has it called.',
  moment: 'set_up',
  description: `Reads one event of an agent's session from standard input and answers it in the program's own words. Start: tells the model who
it is and what others hold. Before an edit: reserves the file for 15 minutes, or refuses where another run holds it; it asks no
hub. After a tool: beats, tells what has happened, and what a shell has written. End of a turn: gives back what is clean in git.
End: gives back everything. It always ends with 0 and stands in nobody's way: only what another run holds exclusively is
refused, and what could not be checked is told to the model, by \`status\` and by \`doctor\`. The settings may say
[agents] mode = "warn", which says what it would refuse, or "observe", which says nothing.`,
  arguments: '<agent> [event]',
  options: [
    {
      flag: '--watch',
      description:
        'Wait for news of the run, say it on stderr, and end with 2, which wakes the model of an interactive session.',
    },
  ],
  examples: ['hook claude', 'hook copilot preToolUse'],
  json: [],
  exitCodes: { 0: 'always, once the command line was understood', 2: 'with --watch: there is news' },
  async run(call) {
    const [name, eventName = null] = call.arguments
    const session = await call.session()
    const programs = knownPrograms(session)
    const program = programs.find((one) => one.name === name)
    if (program === undefined) {
      const names = programs.map((one) => one.name)
      call.output.note(coordError('AGENT_UNKNOWN', quote(name), nearest(name, names) || names.join(', ')).message)
      return {}
    }
    const input = await call.readInput(MAX_INPUT_BYTES)
    if (call.flags.on('watch')) {
      const { watchNews } = await import('./watch-news.js')
      // Nothing is refused by it: what fails is told by the next call that is waited for.
      const news = await watchNews(session, { program, eventName, input }).catch(() => null)
      if (news !== null) call.output.note(news)
      return { exitCode: news === null ? 0 : 2 }
    }
    const { hook } = await import('./hook.js')
    const keeperProgram: KeeperProgram = [process.execPath, process.argv[1] ?? '']
    const { answer, fault } = await hook(session, { program, eventName, input, keeperProgram })
    if (fault !== null) call.output.note(`muse-coord: not checked: ${fault}`)
    return answer === null ? {} : { result: answer, text: JSON.stringify(answer) }
  },
})
