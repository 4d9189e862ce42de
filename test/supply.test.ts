import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'

const root = path.resolve(import.meta.dirname, '..')
const read = (file: string) => fs.readFileSync(path.join(root, file), 'utf8')

interface LockFile {
  readonly packages: Readonly<Record<string, { hasInstallScript?: boolean; integrity?: string; link?: boolean }>>
}

const lock: LockFile = JSON.parse(read('package-lock.json'))
const { allowScripts }: { allowScripts: Record<string, boolean> } = JSON.parse(read('package.json'))
const packages = Object.entries(lock.packages).filter(([where]) => where !== '')

describe('what is installed', () => {
  it('runs no install script that was not decided on', () => {
    const withScript = packages.filter(([, { hasInstallScript }]) => hasInstallScript === true)
    const names = withScript.map(([where]) => where.slice(where.lastIndexOf('node_modules/') + 'node_modules/'.length))
    expect([...new Set(names)].sort()).toEqual(Object.keys(allowScripts).sort())
  })

  it('gives its reason for each family of them', () => {
    const [, section = ''] = read('CONTRIBUTING.md').split('`allowScripts` lists')
    for (const named of ['PostgreSQL', '@photostructure/sqlite', '@parcel/watcher', '@swc/core']) {
      expect(section).toContain(named)
    }
  })

  it('is what it was when it was locked', () => {
    const loose = packages.filter(([, { integrity, link }]) => integrity === undefined && link !== true)
    expect(loose.map(([where]) => where)).toEqual([])
  })
})

describe('what SECURITY.md says', () => {
  it('is looked at by files that are there', () => {
    const named = [...read('SECURITY.md').matchAll(/`((?:test|\.github)\/[^`]*)`/g)].map(([, file]) => file as string)
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((file) => !fs.existsSync(path.join(root, file)))).toEqual([])
  })
})

describe('the workflows', () => {
  it('use what others have written at a commit, not at a name that moves', () => {
    for (const file of fs.readdirSync(path.join(root, '.github/workflows'))) {
      const used = [...read(`.github/workflows/${file}`).matchAll(/uses: (\S+)/g)].map(([, action]) => action as string)
      expect(used.length).toBeGreaterThan(0)
      expect(used.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([])
    }
  })
})
