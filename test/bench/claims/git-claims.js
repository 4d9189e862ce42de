import path from 'node:path'
import { gitEnvironment } from '../contenders/git.js'
import { timedProcess } from '../timed-process.js'
import { Worker } from '../worker.js'
import { readyClaimers } from './workers.js'

/** Compare-and-swap by push: a claim is a committed file, and a push that the repository refuses was too late. */
export const gitClaims = {
  name: 'git',
  async open(directory, { contenders }) {
    const env = gitEnvironment(directory)
    const run = (...args) => timedProcess(['git', ...args], { cwd: directory, env })
    run('init', '--bare', '--quiet', 'hub.git')
    run('clone', '--quiet', 'hub.git', 'first')
    run('-C', 'first', 'commit', '--quiet', '--allow-empty', '--message', 'first')
    run('-C', 'first', 'push', '--quiet', 'origin', 'HEAD:main')
    const module = path.join(import.meta.dirname, 'git-claimer.js')
    const workers = Array.from({ length: contenders }, (_, number) => {
      run('clone', '--quiet', 'hub.git', `clone-${number}`)
      return new Worker(module, [path.join(directory, `clone-${number}`), `run-${number}`], env)
    })
    return readyClaimers(workers)
  },
}
