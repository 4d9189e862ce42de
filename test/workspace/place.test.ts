import fs from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { placeOf, readPlace } from '../../src/workspace/place.js'
import { findRepo } from '../../src/workspace/repo.js'
import { git, repository } from '../support/git.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

/** A repository with a store, and another working tree beside it. */
function twoTrees() {
  const directory = temporaryDirectory()
  const main = repository(`${directory}/repo`)
  fs.mkdirSync(`${main}/.muse/coordination`, { recursive: true })
  fs.mkdirSync(`${main}/src`)
  git(main, 'worktree', 'add', '--quiet', '-b', 'feature/two', '../two')
  return { main, linked: `${directory}/two` }
}

const placeIn = (directory: string) => placeOf(findRepo(directory, {}))

describe('the place of a run', () => {
  it('is the same from every folder of a working tree, and another one in each tree', () => {
    const { main, linked } = twoTrees()
    const place = placeIn(main)
    expect(placeIn(`${main}/src`)).toEqual(place)
    expect(placeIn(linked).id).not.toBe(place.id)
  })

  it('tells people the tree and what is checked out in it, and nobody the path', () => {
    const { main, linked } = twoTrees()
    expect(placeIn(main)).toMatchObject({ tree: 'repo', branch: 'main' })
    expect(placeIn(linked)).toMatchObject({ tree: 'two', branch: 'feature/two' })
    expect(JSON.stringify(placeIn(linked))).not.toContain(linked)
  })

  it('has no branch while none is checked out', () => {
    const { main } = twoTrees()
    git(main, 'checkout', '--quiet', '--detach')
    expect(placeIn(main).branch).toBeNull()
  })

  it('is read from a record whoever wrote it, and is none where a part is missing', () => {
    const place = { id: '0123456789abcdef', machine: 'web-1', tree: 'repo', branch: 'main' }
    expect(readPlace({ ...place, more: 1 })).toEqual(place)
    expect(readPlace({ ...place, branch: 7 })).toEqual({ ...place, branch: null })
    for (const value of [null, 'web-1', [place], { ...place, id: 3 }, {}]) expect(readPlace(value)).toBeNull()
  })
})
