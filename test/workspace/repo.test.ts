import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { openSession } from '../../src/open-session.js'
import { findRepo, repoOrNull } from '../../src/workspace/repo.js'
import { resolveTarget } from '../../src/workspace/target.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { codeOf } from './temporary-repo.js'

function directoryWithMuse(): string {
  const root = temporaryDirectory()
  fs.mkdirSync(path.join(root, '.muse'))
  fs.mkdirSync(path.join(root, 'deep', 'er'), { recursive: true })
  return root
}

describe('findRepo', () => {
  it('takes the nearest directory upwards that holds .muse/', () => {
    const root = directoryWithMuse()
    expect(findRepo(path.join(root, 'deep', 'er'), {})).toMatchObject({
      root,
      coordinationDirectory: path.join(root, '.muse', 'coordination'),
    })
    fs.mkdirSync(path.join(root, 'deep', '.muse'))
    expect(findRepo(path.join(root, 'deep', 'er'), {}).root).toBe(path.join(root, 'deep'))
  })

  it('passes over a .muse that is a file', () => {
    const root = directoryWithMuse()
    fs.writeFileSync(path.join(root, 'deep', '.muse'), '')
    expect(findRepo(path.join(root, 'deep', 'er'), {}).root).toBe(root)
  })

  it('goes where MUSE_REPO_ROOT says, and nowhere else', () => {
    const root = directoryWithMuse()
    const elsewhere = temporaryDirectory()
    expect(findRepo(elsewhere, { MUSE_REPO_ROOT: root }).root).toBe(root)
    expect(findRepo(path.dirname(root), { MUSE_REPO_ROOT: path.basename(root) }).root).toBe(root)
    expect(codeOf(() => findRepo(root, { MUSE_REPO_ROOT: elsewhere }))).toBe('NOT_A_REPO')
    expect(findRepo(root, { MUSE_REPO_ROOT: '' }).root).toBe(root)
  })

  it('names the directory that is in no repository', async () => {
    const directory = temporaryDirectory()
    expect(() => findRepo(directory, {})).toThrow(directory)
    expect(repoOrNull(directory, {})).toBeNull()
    expect(codeOf(() => findRepo(path.join(directory, 'missing'), {}))).toBe('DIRECTORY_MISSING')
    const space = { hub: 'http://127.0.0.1:1', owner: 'ada', slug: 's' }
    const session = await openSession({ directory: path.join(directory, 'missing'), env: {}, ...space })
    expect(codeOf(() => resolveTarget(session))).toBe('DIRECTORY_MISSING')
  })

  it('refuses a .muse that is a symbolic link', () => {
    const root = temporaryDirectory()
    fs.symlinkSync(path.join(directoryWithMuse(), '.muse'), path.join(root, '.muse'))
    expect(codeOf(() => findRepo(root, {}))).toBe('LINK_REFUSED')
  })

  it('does not take a home directory that only keeps identities for a repository', () => {
    const home = temporaryDirectory()
    const project = path.join(home, 'project')
    fs.mkdirSync(path.join(home, '.muse', 'keys'), { recursive: true })
    fs.mkdirSync(project)
    expect(repoOrNull(project, { HOME: home })).toBeNull()
    fs.mkdirSync(path.join(home, '.muse', 'coordination'))
    expect(findRepo(project, { HOME: home }).root).toBe(home)
  })
})
