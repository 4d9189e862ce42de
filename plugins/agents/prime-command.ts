import { defineCommand } from '../../src/plugin.js'

export const primeCommand = defineCommand({
  name: 'prime',
  summary: 'Tell a model, in under a kilobyte, how to work beside others.',
  moment: 'start',
  description: `The text that \`setup\` puts into AGENTS.md and CLAUDE.md and that the start of a session tells: for prompts of your own, and for
agent programs that neither read these files nor call hooks.`,
  options: [],
  examples: ['prime', 'prime --json | jq -r .text'],
  json: ['text  as it is printed without --json'],
  exitCodes: { 0: 'told' },
  async run() {
    const { PRIME } = await import('./prime.js')
    return { result: { text: PRIME }, text: PRIME }
  },
})
