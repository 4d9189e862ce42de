import { coordError } from '../../base/errors.js'
import { quote } from '../../base/quote.js'
import { isKindName, MERGE_RULES, type MergeRule } from '../../record/record.js'
import { defineCommand } from '../command.js'
import { SYNC_EXIT_CODES, SYNC_OPTIONS } from '../sync/options.js'

export const spaceKind = defineCommand({
  name: 'space kind',
  summary: 'Put the merge rule of a kind right.',
  moment: 'set_up',
  description: `Fixes the merge rule that a kind has in a space. The first push of a kind fixes it for everybody, and whoever declares
another one is refused from then on. Only the owner of the space may. Records of the kind stay.`,
  arguments: '<kind>',
  options: [...SYNC_OPTIONS, { flag: '--merge <rule>', description: 'once, latest or lease.' }],
  examples: ['space kind checkpoint --merge latest --json'],
  json: ['kind   as given', 'merge  the rule from now on'],
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const [kind] = call.arguments
    if (!isKindName(kind)) throw coordError('FLAG_VALUE', '<kind>', quote(kind), 'the name of a kind')
    const merge = call.flags.oneOf<MergeRule>('merge', [...MERGE_RULES])
    if (merge === undefined) throw coordError('FLAG_MISSING', '--merge')
    const { setRule } = await import('../../workspace/space.js')
    const result = await setRule(await call.session(), kind, merge)
    return { result, text: `✅ ${kind} is merged by the rule ${merge}` }
  },
})
