import fs from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { openStore } from '../../src/hub/stores/open-store.js'
import type { Store } from '../../src/hub/stores/store.js'
import { cleanUp } from '../support/clean-up.js'
import { passOnTo, startFaultyHub } from '../support/faulty-hub.js'
import { createMachine } from '../support/machine.js'
import { runCli } from '../support/run-cli.js'
import { type StartedHub, startHub } from '../support/start-hub.js'
import { temporaryDirectory } from '../support/temporary-directory.js'

let place: { root: string; env: Record<string, string> }
let data: string
let backup: string

beforeEach(() => {
  const root = temporaryDirectory()
  place = { root, env: { HOME: root } }
  data = path.join(root, 'muse-hub')
  backup = path.join(root, 'backup.sqlite')
})

const hub = (...argv: string[]) => runCli(place, ['hub', ...argv])

interface Served extends StartedHub {
  /** Ends the hub and closes its store. */
  end(): Promise<void>
}

/** A hub on the store in a directory, under an address that stays when hubs come and go. */
async function serve(directory: string, publicUrl: string): Promise<Served> {
  const store = await openStore(directory)
  const started = await startHub({ store, publicUrl })
  let open = true
  const end = async () => {
    if (!open) return
    open = false
    await started.close()
    await store.close()
  }
  cleanUp(end)
  return { ...started, end }
}

describe('a backup', () => {
  it('is whole although the hub goes on, private, and lets a hub serve what it had', async () => {
    const running = await serve(data, 'http://127.0.0.1:4711')
    const gabriel = await running.register('gabriel')
    const push = (name: string) => {
      const record = { kind: 'task', record_id: name, run_id: '', payload: { name }, expires_at: null }
      const body = { records: [record, { ...record, record_id: `${name}-too` }] }
      return gabriel.fetch('/gabriel/a/coord/push', { method: 'POST', body, host: '127.0.0.1:4711' })
    }
    await push('before')
    let written = 0
    const writing = (async () => {
      for (; !fs.existsSync(backup); written++) await push(`meanwhile-${written}`)
    })()
    expect(await hub('backup', backup, '--json')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`"file":"${backup}"}\n`),
    })
    await writing
    expect(fs.statSync(backup).mode & 0o777).toBe(0o600)
    expect(fs.readdirSync(place.root).sort()).toEqual(['backup.sqlite', 'muse-hub'])

    const elsewhere = path.join(place.root, 'restored')
    expect(await hub('restore', backup, '--data', elsewhere)).toMatchObject({ exitCode: 0 })
    expect(fs.readdirSync(elsewhere)).toEqual(['hub.sqlite'])
    const store = await openStore(elsewhere)
    cleanUp(() => store.close())
    expect(store.epoch).not.toBe(running.store.epoch)
    expect(await store.findIdentity('gabriel')).toMatchObject({ fingerprint: gabriel.identity.fingerprint })
    const names = await namesIn(store)
    expect(names.slice(0, 2)).toEqual(['before', 'before-too'])
    // Each push is in it with both its records, or not at all.
    const last = Number(/\d+/.exec(names.at(-1) ?? '')?.[0] ?? -1)
    expect(names).toHaveLength(2 + 2 * (last + 1))
    expect(written).toBeGreaterThan(0)
  })

  it('brings back everybody: what the hub lost is pushed again, and readers pass over nothing', async () => {
    const proxy = await startFaultyHub()
    const before = await serve(data, proxy.url)
    proxy.behave(passOnTo(before.url))
    const gabriel = await before.register('gabriel')
    const writer = await createMachine({ hub: proxy.url, signer: gabriel })
    const reader = await createMachine({ hub: proxy.url, signer: gabriel })
    const task = (name: string) => ({ [`tasks/${name}.json`]: { task_id: name, title: name } })
    writer.write(task('kept'))
    expect(await writer.push()).toMatchObject({ inserted: 1, failed: false })
    expect(await hub('backup', backup)).toMatchObject({ exitCode: 0 })
    writer.write(task('lost'))
    expect(await writer.push()).toMatchObject({ inserted: 1, failed: false })
    expect(await reader.pull()).toMatchObject({ count: 2, cursor: 2 })
    await before.end()

    fs.renameSync(data, `${data}.broken`)
    expect(await hub('restore', backup)).toMatchObject({ exitCode: 0 })
    const after = await serve(data, proxy.url)
    proxy.behave(passOnTo(after.url))
    // Another record gets the id that the reader knows already, before the lost one comes again.
    reader.write(task('other'))
    expect(await reader.push()).toMatchObject({ inserted: 1, failed: false })
    // It has nothing new to send, so it is told by the next pull.
    expect(await writer.pull()).toMatchObject({ startedOver: true })
    expect(await writer.push()).toMatchObject({ inserted: 1, skipped: 1, failed: false })
    await reader.pull()
    await writer.pull()
    const everything = ['task/kept', 'task/lost', 'task/other']
    expect([writer.pulled(), reader.pulled()]).toEqual([everything, everything])
    expect(await namesIn(after.store, 'muse')).toEqual(['kept', 'other', 'lost'])
  })

  it('is refused where it would replace something, and nothing is left behind', async () => {
    const store = await openStore(data)
    await store.close()
    fs.writeFileSync(backup, 'mine')
    expect(await hub('backup', backup)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('is there already'),
    })
    expect(fs.readFileSync(backup, 'utf8')).toBe('mine')
    expect(await hub('restore', backup)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('hub.sqlite is there already'),
    })
    expect(await hub('backup', path.join(place.root, 'nowhere', 'b'))).toMatchObject({ exitCode: 1 })
    expect(fs.readdirSync(place.root).sort()).toEqual(['backup.sqlite', 'muse-hub'])
  })

  it.each<[string, (file: string) => void, string]>([
    ['an empty file', (file) => fs.writeFileSync(file, ''), 'it is not the database of a hub'],
    ['any file', (file) => fs.writeFileSync(file, 'x'.repeat(5000)), 'it is not the database of a hub'],
    ['a directory', (file) => fs.mkdirSync(file), 'EISDIR'],
    ['nothing', () => undefined, 'ENOENT'],
    [
      'a damaged backup',
      (file) => {
        const bytes = fs.readFileSync(`${file}.good`)
        bytes.fill(0xff, 4096 * 2, 4096 * 6)
        fs.writeFileSync(file, bytes)
      },
      'damaged',
    ],
  ])('that is %s is refused, and no store is made', async (_, make, problem) => {
    const store = await openStore(data)
    await store.backUp?.(`${backup}.good`)
    await store.close()
    make(backup)
    const elsewhere = path.join(place.root, 'elsewhere')
    const { exitCode, stderr } = await hub('restore', backup, '--data', elsewhere)
    expect(stderr).toContain(problem)
    expect(exitCode).toBe(1)
    expect(fs.existsSync(elsewhere) ? fs.readdirSync(elsewhere) : []).toEqual([])
  })

  it.each(['-wal', '-journal'])(
    'that has a log beside it (%s) is refused: alone it lacks what came last',
    async (suffix) => {
      const store = await openStore(data)
      await store.backUp?.(backup)
      await store.close()
      fs.writeFileSync(backup + suffix, 'what came last')
      const elsewhere = path.join(place.root, 'elsewhere')
      const { exitCode, stderr } = await hub('restore', backup, '--data', elsewhere)
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`${backup}${suffix}`)])
      expect(fs.existsSync(elsewhere)).toBe(false)
      fs.writeFileSync(backup + suffix, '')
      expect(await hub('restore', backup, '--data', elsewhere)).toMatchObject({ exitCode: 0 })
    },
  )

  it('needs a store that is there when no file is named', async () => {
    expect(await hub('restore')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('There is no store') })
    expect(fs.existsSync(data)).toBe(false)
  })
})

async function namesIn(store: Store, slug = 'a'): Promise<string[]> {
  const space = await store.findSpace('gabriel', slug)
  if (space === null) throw new Error('the space is gone')
  const { records } = await store.since(space, { sinceId: 0, limit: 1000, kinds: [] })
  return records.map(({ recordId }) => recordId)
}
