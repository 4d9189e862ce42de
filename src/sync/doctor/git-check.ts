import { relative, sep } from 'node:path'
import { shellWord } from '../../base/shell-word.js'
import { lookAt } from '../../files/real-directory.js'
import { isAsGitHasIt } from '../../workspace/committed-files.js'
import type { TrackedFile } from '../../workspace/git-index.js'
import { IGNORE_ALL, type Repo } from '../../workspace/repo.js'
import { type TrackedByTree, trackedByTrees } from '../../workspace/tracked-records.js'
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
    const trees = trackedByTrees(repo)
    if (trees === null) findings.push(fine('which files git tracks cannot be told from its index'))
    else findings.push(...trees.flatMap((tree) => (tree.files.length === 0 ? [] : trackedFinding(repo, tree))))
    return findings
  },
}

/**
 * What came with a clone would be sent as the user's own if git left it behind, so it goes. What was never committed stays, and so
 * does what was written here since.
 */
function trackedFinding(repo: Repo, { top, files }: TrackedByTree): Finding {
  const isOwn = ({ path, writtenAt }: TrackedFile) => !isAsGitHasIt(writtenAt, lookAt(path)?.mtimeMs ?? null)
  const own = files.filter(isOwn).map(({ path }) => shellWord(relative(top, path)))
  const fromTop = relative(top, repo.coordination.path)
  // The tree may lie in the store, as a submodule.
  const isInStore = fromTop === '..' || fromTop.startsWith(`..${sep}`)
  const records = shellWord(isInStore ? '.' : fromTop || '.')
  // Who made the clone has chosen the names: to git they could mean other files, all files but one, or an option.
  const git = `git --literal-pathspecs -C ${shellWord(top)}`
  const cure = [
    `${git} reset --quiet -- ${records}`,
    ...(own.length === 0 ? [] : [`${git} rm --cached --quiet --ignore-unmatch -- ${own.join(' ')}`]),
    `${git} rm -r --quiet --ignore-unmatch -- ${records}`,
  ]
  const [first] = files
  const message = `git tracks ${files.length} file(s) of the store, ${first && relative(repo.root, first.path)}; this removes those that came by it`
  return wrong(message, cure.join(' && '))
}
