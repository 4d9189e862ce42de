import { describe, expect, it } from '@jest/globals'
import { createContainer } from '../../src/container.js'
import { registeredKind } from '../../src/kinds/containment/contain-kind.js'
import { defineKind, KIND, type Kind, type Plugin } from '../../src/kinds/kind.js'
import { registryOf } from '../../src/kinds/registry.js'

const CHECKPOINT: Kind = {
  name: 'checkpoint',
  directory: 'checkpoints',
  idField: 'checkpoint_id',
  runIdField: 'run_id',
  schema: { type: 'object' },
  expiresAt: () => null,
  merge: 'latest',
}

async function registryWith(...plugins: Plugin[]) {
  return registryOf(await createContainer({ plugins }))
}

describe('the registry', () => {
  it('has the seven built-in kinds in the order of the seed, with its mapping', async () => {
    const { all } = await registryWith()
    expect(all.map((kind) => [kind.name, kind.directory, kind.idField, kind.runIdField, kind.merge])).toEqual([
      ['reservation', 'reservations', 'reservation_id', 'run_id', 'once'],
      ['heartbeat', 'heartbeats', 'run_id', 'run_id', 'latest'],
      ['intent', 'intents', 'intent_id', 'run_id', 'once'],
      ['release', 'releases', 'release_id', 'run_id', 'once'],
      ['dependency', 'dependencies', 'reservation_id', 'run_id', 'once'],
      ['task', 'tasks', 'task_id', 'run_id', 'once'],
      ['claim', 'claims', 'task_id', 'claimer_run_id', 'lease'],
    ])
  })

  it('lets reservations, heartbeats, intents and claims lapse, and nothing else', async () => {
    const { all } = await registryWith()
    const until = '2026-03-18T12:00:00Z'
    const lapsing = all.filter((kind) => kind.expiresAt({ expires_at: until }) === until).map(({ name }) => name)
    expect(lapsing).toEqual(['reservation', 'heartbeat', 'intent', 'claim'])
    expect(all.map((kind) => kind.expiresAt({}))).toEqual(all.map(() => null))
  })

  it('adds the kinds of further plugins behind them, and knows where each came from', async () => {
    const registry = await registryWith(defineKind(CHECKPOINT))
    const added = registry.all.at(-1) as Kind
    expect(registeredKind(added)).toBe(CHECKPOINT)
    expect(registry.originOf(added)).toBe('given as a function')
    expect(registry.originOf(registry.all[0] as Kind)).toBe('built in')
  })

  it('keeps two applications apart', async () => {
    await registryWith(defineKind(CHECKPOINT))
    expect((await registryWith()).get('checkpoint')).toBeUndefined()
  })

  it('asks a factory once, so that a kind is one object', async () => {
    const registry = await registryWith((container) => {
      container.register(KIND, { useFactory: () => ({ ...CHECKPOINT }) })
    })
    expect(registry.get('checkpoint')).toBe(registry.all.at(-1))
  })

  it.each([
    ['name', { ...CHECKPOINT, name: 'task' }],
    ['directory', { ...CHECKPOINT, directory: 'tasks' }],
  ])('refuses a %s that is taken, and says by whom', async (what, kind) => {
    const plugin = defineKind(kind)
    await expect(registryWith(plugin)).rejects.toMatchObject({
      code: 'KIND_TAKEN',
      status: 'bad_plugin',
      message: expect.stringMatching(new RegExp(`^The ${what} "tasks?" is registered twice: by built in and by`)),
      hint: expect.stringContaining('Remove one of the two plugins'),
    })
  })

  it.each([
    ['a name that could leave its directory', { ...CHECKPOINT, name: '../x' }],
    ['a name with a line end', { ...CHECKPOINT, name: 'x\n' }],
    ['the directory of pulled records', { ...CHECKPOINT, directory: 'remote' }],
    ['a directory elsewhere', { ...CHECKPOINT, directory: '../../etc' }],
    ['the directory of the sync state', { ...CHECKPOINT, directory: '.sync' }],
    ['a name that Windows keeps for a device', { ...CHECKPOINT, name: 'con' }],
    ['a directory that is one there', { ...CHECKPOINT, directory: 'lpt1' }],
    ['no id field', { ...CHECKPOINT, idField: '' }],
    ['no run id field', { ...CHECKPOINT, runIdField: undefined }],
    ['no schema', { ...CHECKPOINT, schema: null }],
    ['no expiry rule', { ...CHECKPOINT, expiresAt: 'never' }],
    ['a merge rule that there is not', { ...CHECKPOINT, merge: 'newest' }],
    ['no fields', {}],
  ])('refuses a kind with %s', async (_what, kind) => {
    const plugin: Plugin = (container) => {
      container.register(KIND, { useValue: kind })
    }
    await expect(registryWith(plugin)).rejects.toMatchObject({ code: 'KIND_INVALID', status: 'bad_plugin' })
  })

  it('refuses a plugin that registers nothing under the token, and names it', async () => {
    function hollow(container: Parameters<Plugin>[0]) {
      container.register(KIND, { useValue: null })
    }
    await expect(registryWith(hollow)).rejects.toMatchObject({
      code: 'KIND_INVALID',
      message: expect.stringContaining('hollow registers a kind that cannot be used'),
    })
  })

  it('selects kinds by name in the order of registration', async () => {
    const registry = await registryWith()
    expect(registry.select(['claim', 'reservation']).map(({ name }) => name)).toEqual(['reservation', 'claim'])
    expect(registry.select([])).toBe(registry.all)
  })

  it('names the known kinds when one is asked for that nobody registers', async () => {
    const registry = await registryWith()
    expect(() => registry.select(['clam'])).toThrow(
      'No plugin registers the kind "clam"; known kinds: reservation, heartbeat, intent, release, dependency, task, claim.',
    )
  })
})
