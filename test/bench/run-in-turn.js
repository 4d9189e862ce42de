import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import path from 'node:path'

/**
 * Lets contenders run one after the other, again and again (A B C A B C …), each time in a fresh directory: the machine's
 * moods fall on all of them alike. Nothing is removed meanwhile, and where the file system can do it the directories are
 * spread over the disk: ext4 passes one by one over the inodes that were freed nearby within the last minutes, so that
 * whoever comes after a removal makes files at a tenth of the pace.
 *
 * @template Contender
 * @param {readonly Contender[]} contenders
 * @param {{ runs: number, directory: string }} options
 * @param {(contender: Contender, directory: string, run: number) => Promise<void>} turn
 */
export async function runInTurn(contenders, { runs, directory }, turn) {
  mkdirSync(directory, { recursive: true })
  // As it is done with directories at the root. Other file systems refuse, and need not be asked.
  spawnSync('chattr', ['+T', directory])
  for (let run = 0; run < runs; run++) {
    for (const contender of contenders) await turn(contender, mkdtempSync(path.join(directory, 'run-')), run)
  }
}
