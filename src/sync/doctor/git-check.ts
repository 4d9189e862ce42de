import { shellWord } from '../../base/shell-word.js'
import { IGNORE_ALL } from '../../workspace/repo.js'
import { trackedRecords } from '../../workspace/tracked-records.js'
import { findWorkingTree } from '../../workspace/working-tree.js'
import { type Check, type Finding, fine, wrong } from './check.js'

const MAX_IGNORE_BYTES = 64 * 1024

/** Whether git leaves the records alone. */
export const gitCheck: Check = {
  name: 'git',
  examine({ repo }) {
    if (findWorkingTree(repo.root) === null) return [fine('there is no git repository here')]
    const findings: Finding[] = []
    const ignore = repo.coordination.read(IGNORE_ALL.name, MAX_IGNORE_BYTES)
    const isIgnored = 'text' in ignore && ignore.text.split(/\r?\n/).includes(IGNORE_ALL.content.trim())
    if (isIgnored) findings.push(fine('.muse/coordination/ is kept out of git'))
    else if (repo.coordination.stat() !== null) {
      const file = repo.coordination.pathOf(IGNORE_ALL.name)
      const write = () => repo.coordination.write(IGNORE_ALL.name, IGNORE_ALL.content)
      findings.push(wrong('git may stash, clean and commit the records', `echo '*' > ${shellWord(file)}`, write))
    }
    const tracked = trackedRecords(repo)
    if (tracked === null) findings.push(fine('which files git tracks cannot be told from its index'))
    else if (tracked.length > 0) {
      const message = `git tracks ${tracked.length} file(s) of the store, ${tracked[0]}; remove those that are not yours, for what git no longer tracks is sent as yours`
      findings.push(wrong(message, `git -C ${shellWord(repo.root)} rm -r --cached --quiet .muse/coordination`))
    }
    return findings
  },
}
