import { shellWord } from '../../base/shell-word.js'
import { leftovers, removeLeftovers } from '../../workspace/leftovers.js'
import { problemsOf } from '../status/problems.js'
import { type Check, type Finding, fine, wrong } from './check.js'

/** So many are told one by one. */
const TOLD = 20

/** Whether every file of the store is read, and no half one lies there for ever. */
export const filesCheck: Check = {
  name: 'files',
  examine({ session, repo }) {
    const problems = problemsOf(session.workspace)
    const findings: Finding[] = problems.slice(0, TOLD).map(({ path, reason }) => {
      const cure = path.endsWith('.json')
        ? `Correct it, or put it aside: mv ${shellWord(path)} ${shellWord(`${path}.aside`)}`
        : 'Name the plugin of that kind under [coord] plugins in .muse/config.toml, or make what lies there readable.'
      return wrong(`${path} ${reason}`, cure)
    })
    const more = problems.length - TOLD
    if (more > 0) findings.push(wrong(`${more} more are passed over`, 'muse-coord status --json'))
    const left = leftovers(repo, session.env)
    if (left.length > 0) {
      const message = `killed processes have left ${left.length} temporary file(s)`
      findings.push(wrong(message, 'muse-coord doctor --fix', () => removeLeftovers(repo, session.env)))
    }
    return findings.length > 0 ? findings : [fine('every file is read')]
  },
}
