import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ACCESS, type Action, STANDINGS, type Standing } from '../../src/hub/access.js'
import { type Signer, type StartedHub, startHub } from '../support/start-hub.js'
import { sentRecord } from './records.js'

type SpaceState = keyof typeof ACCESS

interface Cell {
  space: SpaceState
  action: Action
  standing: Standing
  expected: string
}

/** The cells of the table in the hub's README, those with a dash left out. */
function documentedCells(): Cell[] {
  const readme = readFileSync(new URL('../../src/hub/README.md', import.meta.url), 'utf8')
  const rows = readme.split('\n').filter((line) => /^\| (missing|private|public) /.test(line))
  return rows.flatMap((line) => {
    const [space, action, ...verdicts] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
    return verdicts.flatMap((expected, index) =>
      expected === '–'
        ? []
        : [{ space: space as SpaceState, action: action as Action, standing: STANDINGS[index] as Standing, expected }],
    )
  })
}

describe('access', () => {
  let hub: StartedHub
  const signers = new Map<Standing, Signer>()
  let spaces = 0
  const now = Date.now()
  // The signature of another second than that of a request which asks for the same: each acts once.
  const at = Math.floor(now / 1000) + 1

  beforeAll(async () => {
    // It stands still: a refusal tells the time, and two of them shall be compared.
    hub = await startHub({ clock: { now: () => now } })
    for (const standing of STANDINGS) {
      if (standing !== 'anonymous') signers.set(standing, await hub.register(standing))
    }
    await hub.register('newcomer')
  })
  afterAll(() => hub.close())

  /** A new space in a state, with its members. */
  async function spaceIn(state: SpaceState): Promise<string> {
    const slug = `space-${spaces++}`
    if (state === 'missing') return slug
    const owner = signers.get('owner') as Signer
    const path = `/api/repos/owner/${slug}`
    expect((await owner.fetch(path, { method: 'PUT', body: { visibility: state }, at })).status).toBe(200)
    await owner.fetch(`${path}/members/reader`, { method: 'PUT', body: { role: 'read' } })
    await owner.fetch(`${path}/members/writer`, { method: 'PUT', body: { role: 'write' } })
    return slug
  }

  /** Does it as somebody, and gives back what they got. */
  async function attempt(standing: Standing, action: Action, slug: string): Promise<{ status: number; body: string }> {
    const repo = `/api/repos/owner/${slug}`
    const requests: Record<Action, [method: string, path: string, body?: object]> = {
      pull: ['GET', `/owner/${slug}/coord/pull`],
      push: ['POST', `/owner/${slug}/coord/push`, { records: [sentRecord('a')] }],
      override: ['POST', `/owner/${slug}/coord/push`, { records: [{ ...sentRecord('a'), force: true }] }],
      'take back': [
        'POST',
        `/owner/${slug}/coord/push`,
        { records: [sentRecord('a')], takes_back: { kind: 'reservation', record_id: 'b' } },
      ],
      see: ['GET', repo],
      'list members': ['GET', repo],
      change: ['PUT', repo, { visibility: 'public' }],
      admit: ['PUT', `${repo}/members/newcomer`, { role: 'read' }],
      invite: ['POST', `${repo}/invites`, { role: 'read', uses: 1, expires_in: 60 }],
      uninvite: ['GET', `${repo}/invites`],
      audit: ['GET', `${repo}/log`],
      rule: ['PUT', `${repo}/kinds/checkpoint`, { merge: 'latest' }],
    }
    const [method, path, body] = requests[action]
    const signer = signers.get(standing)
    const answer = signer
      ? await signer.fetch(path, { method, body })
      : await fetch(hub.url + path, {
          method,
          ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        })
    return { status: answer.status, body: await answer.text() }
  }

  const cells = documentedCells()

  it('is documented for every space, action and standing', () => {
    const actions = Object.keys(ACCESS.private).length
    expect(cells).toHaveLength(3 * actions * STANDINGS.length - 2 * actions)
  })

  it.each(cells)('of $standing to $action a $space space: $expected', async ({ space, action, standing, expected }) => {
    const slug = await spaceIn(space)
    const { status, body } = await attempt(standing, action, slug)
    if (action === 'list members' && !/^\d+$/.test(expected)) {
      expect(status).toBe(200)
      const members =
        expected === 'yes'
          ? [
              { handle: 'reader', role: 'read' },
              { handle: 'writer', role: 'write' },
            ]
          : undefined
      expect(JSON.parse(body).members).toEqual(members)
    } else if (/^\d+$/.test(expected)) {
      expect(status).toBe(Number(expected))
    } else {
      expect({ status, body }).toMatchObject({ status: 200 })
      const exists = (await hub.store.findSpace('owner', slug)) !== null
      expect(exists).toBe(true)
    }
  })

  it.each(['anonymous', 'outsider'] as const)(
    'shows %s no difference between a private space and none',
    async (standing) => {
      const hidden = await spaceIn('private')
      const missing = await spaceIn('missing')
      for (const action of Object.keys(ACCESS.private) as Action[]) {
        const [atHidden, atMissing] = await Promise.all([
          attempt(standing, action, hidden),
          attempt(standing, action, missing),
        ])
        expect(atHidden).toEqual({ status: atMissing.status, body: atMissing.body.replaceAll(missing, hidden) })
      }
    },
  )

  it('leaves no space behind when an outsider pushes', async () => {
    const slug = await spaceIn('missing')
    await attempt('outsider', 'push', slug)
    expect(await hub.store.findSpace('owner', slug)).toBeNull()
  })

  it('ends with the membership', async () => {
    const slug = await spaceIn('private')
    expect((await attempt('reader', 'pull', slug)).status).toBe(200)
    const path = `/api/repos/owner/${slug}/members/reader`
    const owner = signers.get('owner') as Signer
    expect((await owner.fetch(path, { method: 'DELETE' })).status).toBe(200)
    expect((await attempt('reader', 'pull', slug)).status).toBe(404)
    // Asked again by whoever did not get the answer.
    expect(await (await owner.fetch(path, { method: 'DELETE', at })).json()).toEqual({ handle: 'reader', role: null })
    for (const misspelt of ['raeder', 'owner']) {
      const other = path.replace(/reader$/, misspelt)
      expect((await owner.fetch(other, { method: 'DELETE' })).status).toBe(404)
    }
    const { entries } = (await (await owner.fetch(`/api/repos/owner/${slug}/log`)).json()) as {
      entries: { action: string }[]
    }
    expect(entries.filter(({ action }) => action === 'member_removed')).toHaveLength(1)
  })

  it.each([
    ['an unknown role', 'newcomer', { role: 'admin' }, 400],
    ['no role', 'newcomer', {}, 400],
    ['a handle that nobody has', 'nobody', { role: 'read' }, 404],
    ['a handle that is none', '..%2F', { role: 'read' }, 400],
    ['the owner as member', 'owner', { role: 'read' }, 400],
  ])('refuses %s', async (_, handle, body, status) => {
    const slug = await spaceIn('private')
    const owner = signers.get('owner') as Signer
    const answer = await owner.fetch(`/api/repos/owner/${slug}/members/${handle}`, { method: 'PUT', body })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toEqual({
      detail: expect.any(String),
      status: status === 400 ? 'bad_args' : 'not_found',
    })
  })

  it('refuses an unknown visibility', async () => {
    const owner = signers.get('owner') as Signer
    const answer = await owner.fetch(`/api/repos/owner/${await spaceIn('private')}`, {
      method: 'PUT',
      body: { visibility: 'secret' },
    })
    expect(answer.status).toBe(400)
  })

  it('takes a change of visibility back', async () => {
    const slug = await spaceIn('public')
    const owner = signers.get('owner') as Signer
    await owner.fetch(`/api/repos/owner/${slug}`, { method: 'PUT', body: { visibility: 'private' } })
    expect((await attempt('anonymous', 'pull', slug)).status).toBe(404)
  })
})
