import { mkdirSync, mkdtempSync } from 'node:fs'
import path from 'node:path'

/**
 * Lets contenders run one after the other, again and again (A B C A B C …), each time in a fresh directory: the machine's
 * moods fall on all of them alike. Nothing is removed meanwhile: ext4 passes over the inodes of files that were removed
 * within the last minutes, so that whoever comes after a removal makes files at a tenth of the pace.
 *
 * @template Contender
 * @param {readonly Contender[]} contenders
 * @param {{ runs: number, directory: string }} options
 * @param {(contender: Contender, directory: string, run: number) => Promise<void>} turn
 */
export async function runInTurn(contenders, { runs, directory }, turn) {
  mkdirSync(directory, { recursive: true })
  for (let run = 0; run < runs; run++) {
    for (const contender of contenders) await turn(contender, mkdtempSync(path.join(directory, 'run-')), run)
  }
}
