import type { Repo } from '../../workspace/repo.js'
import { knownSpaces } from '../../workspace/state/known-spaces.js'
import { readRemarks } from '../../workspace/state/remarks.js'
import { spaceDirectoryName } from '../../workspace/state/space-address.js'
import type { StatusRemark } from './picture.js'

/** What the pushes and pulls of every space that this workspace syncs with said of single records, and what still holds. */
export function remarksHere(repo: Repo): { readonly remarks: readonly StatusRemark[]; readonly leftOut: number } {
  const spaces = knownSpaces(repo).map((space) => {
    const { remarks, leftOut } = readRemarks(repo, repo.sync.in(spaceDirectoryName(space)))
    return {
      leftOut: leftOut.push + leftOut.pull,
      remarks: remarks.map(({ file, ...remark }) => ({
        space: `${space.owner}/${space.slug}`,
        ...remark,
        path: file === null ? null : repo.coordination.pathOf(file.name),
      })),
    }
  })
  return {
    remarks: spaces.flatMap(({ remarks }) => remarks),
    leftOut: spaces.reduce((sum, { leftOut }) => sum + leftOut, 0),
  }
}
