/**
 * Ends a process of the benchmark and waits until it is gone.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
export async function endProcess(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await gone
}
