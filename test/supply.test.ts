import { execFileSync } from 'node:child_process'
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

  it('has none run by an npm that does not know the list', () => {
    const [npmCi] = /'npm', 'ci',.*/.exec(read('.ci/prepare.mjs')) ?? []
    expect(npmCi).toContain("'--ignore-scripts'")
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

describe('the package', () => {
  interface Packed {
    readonly unpackedSize: number
    readonly files: readonly { readonly path: string }[]
  }
  const npm = ['pack', '--dry-run', '--json', '--ignore-scripts']
  const [packed] = JSON.parse(execFileSync('npm', npm, { cwd: root, encoding: 'utf8', shell: true })) as [Packed]
  const files = new Set(packed.files.map(({ path }) => path))

  it('has every page that one of its pages leads to, but for pictures of the screen', () => {
    const pages = [...files].filter((file) => file.endsWith('.md'))
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'plugins/README.md', 'src/commands/README.md']))
    const missing = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)]
        .map(([, inText, inTag]) => (inText ?? inTag) as string)
        .filter((link) => !/^(https?:|mailto:|#)/.test(link) && !link.endsWith('.png'))
        .map((link) => path.posix.join(path.posix.dirname(page), link.replace(/#.*/, '')))
        .filter((file) => !files.has(file) && ![...files].some((one) => one.startsWith(`${file}/`)))
        .map((file) => `${page}: ${file}`),
    )
    expect(missing).toEqual([])
  })

  it('has no sources, no tests and no maps, and is small', () => {
    const own = /^(dist|schemas|claude-plugin|\.claude-plugin|plugins|src|test)\/|^[^/]+$/
    expect([...files].filter((file) => !own.test(file))).toEqual([])
    expect([...files].filter((file) => /\.(ts|map)$/.test(file) && !/^dist\/types\/.*\.d\.ts$/.test(file))).toEqual([])
    expect(packed.unpackedSize).toBeLessThan(10 * 1024 ** 2)
  })
})
