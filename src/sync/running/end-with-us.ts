import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'

/**
 * Is told whom it is about, and reads on until there is nobody any more who could write, which says that this process is gone,
 * however it ended. Then it asks that one to end, and after a grace no longer asks.
 */
const SCRIPT = `read -r target || exit 0
while read -r _; do :; done
kill -s TERM -- "$target" || exit 0
left=$1
while [ "$left" -gt 0 ] && kill -s 0 -- "$target"; do sleep 1; left=$((left - 1)); done
kill -s KILL -- "$target"`

/** Ends what would outlive this process. */
export interface EndWithUs {
  /** @param target a process, or a group of them as its negative number */
  watch(target: number): void
  callOff(): void
}

/**
 * Has a command ended that would outlive this process: nobody renews what it holds then, and the next one gets it. A signal
 * that nobody can take, or the kernel where memory runs out, ends this process without a word, so it is a shell beside it
 * that finds out. It is started first: between the start of a command and the word about it there is only that. Windows has
 * none; there the command goes on.
 *
 * @param graceSeconds from SIGTERM to SIGKILL
 */
export function endWithUs(graceSeconds: number): EndWithUs {
  if (process.platform === 'win32') return { watch: () => {}, callOff: () => {} }
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', String(Math.ceil(graceSeconds))], {
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
  return {
    watch: (target) => void shell.stdin.write(`${target}\n`),
    callOff: () => void shell.kill('SIGKILL'),
  }
}
