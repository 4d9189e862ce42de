import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { type Repo, repoAt } from '../../src/workspace/repo.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** A repository in a directory of its own. */
export function temporaryRepo(): Repo {
  const repo = repoAt(temporaryDirectory())
  fs.mkdirSync(repo.coordinationDirectory, { recursive: true })
  return repo
}

/** Writes files under `.muse/coordination/`; what is no text becomes JSON. Returns their paths. */
export function place(repo: Repo, files: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(files).map(([name, content]) => {
    const file = path.join(repo.coordinationDirectory, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content))
    return file
  })
}

/** Every path below a directory, sorted. */
export function everythingIn(directory: string): string[] {
  return fs.readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()
}

/** Runs a program of the system: `mkfifo`, `mount`. Throws when it fails. */
export function runProgram(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'ignore' })
}

/** The code of the error that a call throws; `'none'` when it throws nothing. */
export function codeOf(call: () => unknown): string {
  try {
    call()
    return 'none'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}
