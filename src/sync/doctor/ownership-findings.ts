import { join } from 'node:path'
import type { Environment } from '../../base/environment.js'
import { knownWorkspace } from '../../workspace/known-workspaces.js'
import { ownershipFault } from '../../workspace/ownership.js'
import { type Finding, fine, wrong } from './check.js'

/** Whose the store is. Looked at before anything in it is read. */
export function ownershipFindings(root: string, env: Environment): readonly Finding[] {
  const store = join(root, '.muse')
  const fault = ownershipFault(root, env)
  if (fault === null) return [fine(`${store} is yours`)]
  if (knownWorkspace(env, root).ownership === fault || env.MUSE_REPO_ROOT) return [fine(`${store} ${fault}; trusted`)]
  return [wrong(`${store} ${fault}, and is not trusted`, 'muse-coord trust')]
}
