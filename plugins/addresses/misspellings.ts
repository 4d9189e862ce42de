import fs from 'node:fs'
import path from 'node:path'
import { nearest, type Workspace } from '../../src/plugin.js'

/** A path that is not there, and one that is. */
export interface Misspelling {
  readonly address: string
  readonly nearest: string
}

/** Of paths that are not there, those beside one that nearly is, which they may have meant. */
export function misspellings(
  { workspace }: { readonly workspace: Pick<Workspace, 'repo'> },
  addresses: readonly string[],
): readonly Misspelling[] {
  return addresses.flatMap((address) => {
    const [file = ''] = address.split('::', 1)
    // A folder may be named with its slash, which no name has.
    const named = file.replace(/\/+$/, '')
    const meant = isPattern(named) ? named : nearestPath(workspace.repo.tree, named)
    return meant === named || meant === '' ? [] : [{ address, nearest: meant }]
  })
}

export function isPattern(file: string): boolean {
  return /[*?{}]/.test(file)
}

/** Each step that is not there by the nearest that is; `''`: one is like nothing that is there. */
function nearestPath(tree: string, file: string): string {
  const steps = file.split('/').filter((step) => step !== '')
  let way = ''
  for (const [index, step] of steps.entries()) {
    const next = path.posix.join(way, step)
    if (fs.existsSync(path.join(tree, next))) {
      way = next
      continue
    }
    // Addresses are in NFC, and names on a disk may not be.
    const meant = nearest(
      step,
      namesIn(path.join(tree, way)).map((name) => name.normalize('NFC')),
    )
    // A new file in a folder whose name was misspelt is a new file in the right one.
    const isNewFile = meant === '' && index === steps.length - 1 && way !== path.posix.dirname(file)
    if (meant === '' && !isNewFile) return ''
    way = path.posix.join(way, isNewFile ? step : meant)
  }
  return way
}

export function namesIn(folder: string): readonly string[] {
  return fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? fs.readdirSync(folder) : []
}
