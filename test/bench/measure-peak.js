import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'

/** Enough where a process takes seconds. */
const LOOK_MILLISECONDS = 50

/** The most memory that a process has held so far, in MB; `null` where the system does not tell or it is gone. */
export function peakMegabytes(pid) {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return line === null ? null : Number(line[1]) / 1024
  } catch {
    return null
  }
}

/**
 * Runs a process to its end.
 *
 * @param {readonly string[]} command program and arguments
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, input?: string }} options `input`: the file that stands on standard input
 * @param {number} lookMilliseconds from one look at its memory to the next
 * @returns {Promise<{ seconds: number, peakMegabytes: number, stdout: string }>}
 */
export function runWithPeak(
  [program, ...args],
  { cwd, env, input = '/dev/null' },
  lookMilliseconds = LOOK_MILLISECONDS,
) {
  return new Promise((resolve, reject) => {
    const stdin = openSync(input)
    const startedAt = performance.now()
    const child = spawn(program, args, { cwd, env, stdio: [stdin, 'pipe', 'inherit'] })
    closeSync(stdin)
    let peak = 0
    let stdout = ''
    // The mark only rises, so the last look before the end misses next to nothing.
    const timer = setInterval(() => {
      peak = peakMegabytes(child.pid) ?? peak
    }, lookMilliseconds)
    child.stdout.on('data', (text) => {
      stdout += text
    })
    child.once('error', reject)
    child.once('close', (code) => {
      clearInterval(timer)
      if (code === 0) resolve({ seconds: (performance.now() - startedAt) / 1000, peakMegabytes: peak, stdout })
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${stdout}`))
    })
  })
}
