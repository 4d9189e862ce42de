import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { gitEnvironment } from '../contenders/git.js'

/**
 * Puts the files of a store under git, whose own directory lies beside, and gives the command that asks what has changed in
 * them. All contents come in one stream and one pack: `git add` would make a further file of each.
 *
 * @param {import('./filled-store.js').FilledStore} store
 */
export function gitStatus({ directory, files, env }) {
  const git = ['git', `--git-dir=${path.join(directory, '..', 'status.git')}`, `--work-tree=${directory}`]
  const gitEnv = gitEnvironment(env.HOME)
  const run = (args, input) => {
    const { status, stderr } = spawnSync(git[0], [...git.slice(1), ...args], { cwd: directory, env: gitEnv, input })
    if (status !== 0) throw new Error(`git ${args.join(' ')} ended with ${status}: ${stderr}`)
  }
  run(['init', '--quiet'])
  const contents = files.map(({ name, text }) => `M 100644 inline ${name}\ndata ${Buffer.byteLength(text)}\n${text}\n`)
  run(
    ['fast-import', '--quiet'],
    `commit refs/heads/main\ncommitter bench <bench@example.com> 0 +0000\ndata 7\nrecords\n${contents.join('')}\n`,
  )
  run(['reset', '--quiet'])
  return { command: [...git, 'status', '--short'], env: gitEnv }
}
