import { createHmac } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { exportHub } from '../../src/hub/archive/export-hub.js'
import { importHub } from '../../src/hub/archive/import-hub.js'
import { openStore } from '../../src/hub/stores/open-store.js'
import { cleanUp } from '../support/clean-up.js'
import { sqlitePlace } from '../support/set-back.js'
import { createSigner, type Signer, type StartedHub, startHub } from '../support/start-hub.js'
import { temporaryDirectory } from '../support/temporary-directory.js'
import { sentRecord } from './records.js'
import { watch } from './watch-reader.js'

interface Answer {
  readonly epoch: string
  readonly position?: string
  readonly follows?: boolean
  readonly cursor: number
  readonly leases?: readonly { readonly token: number }[]
}

const PUSH = '/gabriel/a/coord/push'

function spaceOf(signer: Signer, slug = 'a') {
  const path = `/gabriel/${slug}/coord`
  return {
    async push(names: readonly string[], seen?: readonly string[], more: object = {}) {
      const body = { records: names.map((name) => sentRecord(name, more)), ...(seen && { seen }) }
      return (await (await signer.fetch(`${path}/push`, { method: 'POST', body })).json()) as Answer
    },
    async pull(sinceId: number, ...seen: string[]) {
      const query = seen.map((one) => `&seen=${one}`).join('')
      return (await (await signer.fetch(`${path}/pull?since_id=${sinceId}${query}`)).json()) as Answer
    },
  }
}

async function startAt(spec: string): Promise<StartedHub & { end(): Promise<void> }> {
  const store = await openStore(spec)
  const hub = await startHub({ store })
  let isOpen = true
  const end = async () => {
    if (isOpen) await hub.close()
    if (isOpen) await store.close()
    isOpen = false
  }
  cleanUp(end)
  return { ...hub, end }
}

/** The same person at another hub. */
function at(hub: StartedHub, { identity, privateKey }: Signer): Signer {
  return createSigner(hub.url, hub.clock, identity, privateKey)
}

describe('what a hub tells of its history', () => {
  it('is a position with every answer, and follows where something was seen', async () => {
    const hub = await startAt(temporaryDirectory())
    const { push, pull } = spaceOf(await hub.register('gabriel'))
    const first = await push(['a', 'b'])
    expect(first.position).toMatch(/^2\.[0-9a-z]+\.[\w-]{22}$/)
    expect(first).not.toHaveProperty('follows')
    const { position = '' } = first
    expect(await pull(0)).toMatchObject({ position })
    expect(await pull(0)).not.toHaveProperty('follows')
    expect(await pull(1, position)).toMatchObject({ position, follows: true })
    const second = await push(['c'], [position])
    expect(second).toMatchObject({ follows: true, cursor: 3 })
    expect(await pull(0, position, second.position ?? '')).toMatchObject({ follows: true, epoch: first.epoch })
  })

  it('sends whoever names what it has not told to the start, and renews nothing for it', async () => {
    const hub = await startAt(temporaryDirectory())
    const gabriel = await hub.register('gabriel')
    const { push, pull } = spaceOf(gabriel)
    const { position = '', epoch } = await push(['a', 'b'])
    const other = await spaceOf(gabriel, 'b').push(['c', 'd', 'e'])
    const [, nonce, proof] = position.split('.')
    const guessed = createHmac('sha256', epoch).update(`${epoch} gabriel/a 9 ${nonce}`).digest().subarray(0, 16)
    const strange = [
      `3.${nonce}.${proof}`,
      `9.${nonce}.${guessed.toString('base64url')}`,
      `2.${nonce}.${'A'.repeat(22)}`,
      other.position ?? '',
      'yesterday',
      '',
    ]
    for (const one of strange) {
      expect(await pull(0, one, position)).toMatchObject({ follows: false, epoch, position })
      expect(await push(['a'], [one])).toMatchObject({ follows: false, epoch, position })
    }
    expect(hub.store.epoch).toBe(epoch)
    const tooMany = await gabriel.fetch(PUSH, { method: 'POST', body: { records: [], seen: Array(65).fill(position) } })
    expect(tooMany.status).toBe(400)
  })

  it('shows readers of all spaces, old ones too, that the store was set back, once', async () => {
    const place = sqlitePlace()
    const before = await startAt(place.spec)
    const gabriel = await before.register('gabriel')
    const { position: known = '', epoch } = await spaceOf(gabriel).push(['a'])
    await spaceOf(gabriel, 'b').push(['a'])
    await before.end()
    await place.copy()
    const lost = await startAt(place.spec)
    const { position = '' } = await spaceOf(at(lost, gabriel)).push(['b'], [known])
    await lost.end()
    await place.putBack()

    const hub = await startAt(place.spec)
    const signer = at(hub, gabriel)
    const [a, b] = [spaceOf(signer), spaceOf(signer, 'b')]
    await a.push(['c', 'd'], [known])
    expect(await a.pull(2, known)).toMatchObject({ follows: true, epoch })
    const reader = await watch(signer, '/gabriel/b/coord/watch?since_id=1')
    const found = await a.pull(2, known, position)
    expect(found).toMatchObject({ follows: false, cursor: 3 })
    expect(found.epoch).not.toBe(epoch)
    // Who names nothing is told by the epoch, and who watches at once.
    expect(await b.pull(1)).toMatchObject({ epoch: found.epoch })
    expect(await reader.until(/^data: /m)).toContain(`data: ${JSON.stringify({ cursor: 1, epoch: found.epoch })}\n`)
    reader.close()
    expect(await (await fetch(`${hub.url}/metrics`)).text()).toContain('muse_hub_store_set_backs_total 1\n')
    // It is proven once: in the new epoch it says nothing any more.
    expect(await a.pull(0, position)).toMatchObject({ follows: false, epoch: found.epoch })
    expect(await a.pull(0, found.position ?? '')).toMatchObject({ follows: true, epoch: found.epoch })
  })

  it('is heard from who watches alone, and told to it at once', async () => {
    const place = sqlitePlace()
    const before = await startAt(place.spec)
    const gabriel = await before.register('gabriel')
    await spaceOf(gabriel).push(['a'])
    await before.end()
    await place.copy()
    const lost = await startAt(place.spec)
    const { position = '', epoch } = await spaceOf(at(lost, gabriel)).push(['b'])
    await lost.end()
    await place.putBack()

    const hub = await startAt(place.spec)
    const signer = at(hub, gabriel)
    await spaceOf(signer).push(['c'])
    const reader = await watch(signer, `/gabriel/a/coord/watch?since_id=2&seen=${position}`)
    const told = await reader.until(/^data: .*\n/m)
    reader.close()
    expect(hub.store.epoch).not.toBe(epoch)
    expect(told).toContain(`data: ${JSON.stringify({ cursor: 2, epoch: hub.store.epoch, follows: false })}\n`)
  })

  it('is heard before a push is judged, also by who is ahead of the end, so what is granted bears a new token', async () => {
    const place = sqlitePlace()
    const before = await startAt(place.spec)
    const gabriel = await before.register('gabriel')
    const { epoch } = await spaceOf(gabriel).push(['a'])
    await before.end()
    await place.copy()
    const lost = await startAt(place.spec)
    const { position = '' } = await spaceOf(at(lost, gabriel)).push(['b'])
    await lost.end()
    await place.putBack()

    const hub = await startAt(place.spec)
    const claim = { kind: 'claim', expires_at: '2099-01-01T00:00:00Z' }
    const { push, pull } = spaceOf(at(hub, gabriel))
    const granted = await push(['t1'], [position], claim)
    expect(granted).toMatchObject({ follows: false, leases: [{ token: expect.any(Number) }] })
    expect(granted.epoch).not.toBe(epoch)
    expect(granted.leases?.[0]?.token).toBeGreaterThan(1_000_000_000)
    expect(await pull(99, position)).toMatchObject({ status: 'cursor_ahead' })
  })

  it('moves with an export of everything, so that readers go on where they are', async () => {
    const hub = await startAt(temporaryDirectory())
    const gabriel = await hub.register('gabriel')
    const { position = '' } = await spaceOf(gabriel).push(['a'])
    const { position: later = '' } = await spaceOf(gabriel).push(['b'])
    const spec = temporaryDirectory()
    const target = await openStore(spec)
    expect(await importHub(target, exportHub(hub.store, null))).toMatchObject({ epochKept: true })
    await target.close()
    const moved = await startAt(spec)
    const { push, pull } = spaceOf(at(moved, gabriel))
    expect(await pull(1, position, later)).toMatchObject({ follows: true, epoch: hub.store.epoch, position: later })
    expect(await push(['c'], [later])).toMatchObject({ follows: true, cursor: 3 })
  })
})
