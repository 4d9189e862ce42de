import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadIdentity } from '../../../src/auth/identity-file.js'
import { parseHubUrl } from '../../../src/record/hub-url.js'
import { SoakStore } from './soak-store.js'

/** A repository of git in that of the store. */
export const FRESH = 'fresh'
/** Files of a store, under its directory: an invitation, and the fingerprint of another key. */
export const LINE = 'line'
export const DEVICE = 'device-key'

export function editOf(store: SoakStore, file: string): string {
  const edit = { tool_name: 'Write', tool_input: { file_path: `${store.root}/${file}`, content: '' } }
  return JSON.stringify({ session_id: 'a1b2c3d4', cwd: store.root, hook_event_name: 'PreToolUse', ...edit })
}

export function makeRepository(store: SoakStore): void {
  const directory = join(store.root, FRESH)
  mkdirSync(directory)
  execFileSync('git', ['init', '--quiet'], { cwd: directory, env: store.env })
}

/** Makes a repository of git of that of the store, in which a file is about to be committed. */
export function stageOf(file: string): (store: SoakStore) => void {
  return ({ root, env }) => {
    const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: root, env })
    mkdirSync(join(root, 'src'), { recursive: true })
    writeFileSync(join(root, file), '')
    git('init', '--quiet')
    git('add', '--', file)
  }
}

/** Where the program lies is left out: it is run as a process and in this one. */
export function agentFilesOf(store: SoakStore): unknown {
  const files = ['.claude/settings.json', '.claude.json'].map((name) => store.read(`home/${name}`))
  return files.map((text) => text?.replaceAll(/[^'"\s]+[.][cm]?js\b/g, 'PROGRAM'))
}

export async function succeed(store: SoakStore, line: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { exitCode, stdout, stderr } = await store.run(line)
  if (exitCode !== 0) throw new Error(`${line.join(' ')} ends with ${exitCode}: ${stdout}${stderr}`)
  return JSON.parse(stdout)
}

export async function invite(store: SoakStore, ...more: readonly string[]): Promise<string> {
  const { line } = await succeed(store, ['space', 'invite', ...more, '--json'])
  writeFileSync(join(store.directory, LINE), String(line))
  return String(line)
}

/** Has another machine of the same user join, and notes its key. */
export async function joinDevice(store: SoakStore): Promise<void> {
  const line = await invite(store, '--device')
  const directory = join(store.directory, 'device')
  const root = join(directory, 'repo')
  const env = { ...store.env, HOME: join(directory, 'home') }
  mkdirSync(env.HOME, { recursive: true })
  mkdirSync(root)
  const device = new SoakStore({ ...store, directory, root, env })
  await succeed(device, ['join', line, '--json'])
  const { fingerprint } = loadIdentity(env, parseHubUrl(store.hub as string)) ?? {}
  writeFileSync(join(store.directory, DEVICE), String(fingerprint))
}

export function signerAtHub(store: SoakStore): unknown {
  return signerAt(store, store.hub as string)
}

/** Whether a store has a key to sign by, which has to be the one that is noted. */
export function signerAt(store: SoakStore, hub: string): unknown {
  const identity = loadIdentity(store.env, parseHubUrl(hub))
  return identity && { isBeingReplaced: identity.nextKey !== undefined }
}
