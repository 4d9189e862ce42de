import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'

/**
 * Reads until there is nobody any more who could write, which says that this process is gone, however it ended. Then it asks
 * what is meant to end, and after a grace no longer asks.
 */
const SCRIPT = `while read -r _; do :; done
kill -s TERM -- "$1" || exit 0
left=$2
while [ "$left" -gt 0 ] && kill -s 0 -- "$1"; do sleep 1; left=$((left - 1)); done
kill -s KILL -- "$1"`

/**
 * Has a command ended that would outlive this process: nobody renews what it holds then, and the next one gets it. A signal
 * that nobody can take, or the kernel where memory runs out, ends this process without a word, so it is a shell beside it
 * that finds out. Windows has none; there the command goes on.
 *
 * @param target a process, or a group of them as its negative number
 * @param graceSeconds from SIGTERM to SIGKILL
 * @returns calls it off
 */
export function endWithUs(target: number, graceSeconds: number): () => void {
  if (process.platform === 'win32') return () => {}
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', String(target), String(Math.ceil(graceSeconds))], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // What ends us from a terminal must not end it first.
    detached: true,
  })
  // Where no shell can be started the command is held as well as without one.
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  shell.unref()
  // Node makes it a socket.
  ;(shell.stdin as Socket).unref()
  return () => void shell.kill('SIGKILL')
}
