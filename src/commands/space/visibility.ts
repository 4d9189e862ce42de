import { coordError } from '../../base/errors.js'
import { quote } from '../../base/quote.js'
import { defineCommand } from '../command.js'
import { SYNC_EXIT_CODES, SYNC_OPTIONS } from '../sync/options.js'
import { SPACE_JSON, spaceText } from './show.js'

export const spaceVisibility = defineCommand({
  name: 'space visibility',
  summary: 'Open a space to every reader, or close it.',
  moment: 'set_up',
  description: `Makes a space public, so that anybody who reaches the hub can pull it, or private again. Only its owner may;
where there is no such space yet it is made. Pushing stays with the owner and the members who may write.`,
  arguments: '<visibility>',
  options: SYNC_OPTIONS,
  examples: ['space visibility private --json', 'space visibility public --owner gabriel --slug myrepo'],
  json: SPACE_JSON,
  exitCodes: SYNC_EXIT_CODES,
  async run(call) {
    const [visibility] = call.arguments
    if (visibility !== 'private' && visibility !== 'public') {
      throw coordError('FLAG_VALUE', '<visibility>', quote(visibility), 'private or public')
    }
    const { setVisibility } = await import('../../workspace/space.js')
    const result = await setVisibility(await call.session(), visibility)
    return { result, text: `✅ ${spaceText(result)}` }
  },
})
