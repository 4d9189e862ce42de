import { describe, expect, it } from '@jest/globals'
import { createContainer } from '../../src/container.js'
import type { Kind } from '../../src/kinds/kind.js'
import { registryOf } from '../../src/kinds/registry.js'
import { createSeal } from '../../src/kinds/seal.js'

const registry = registryOf(await createContainer())

async function sealed(kindName: string, payload: Record<string, unknown>, stem = 'file-stem') {
  return (await createSeal(registry.get(kindName) as Kind))(payload, stem)
}

describe('seal', () => {
  it('makes the record that travels, and leaves the payload as it is', async () => {
    const payload = {
      task_id: 't1',
      claimer_run_id: 'run-1',
      expires_at: '2026-03-18T12:00:00.123456+00:00',
      mine: [1],
    }
    const result = await sealed('claim', payload)
    expect(result).toEqual({
      record: {
        kind: 'claim',
        recordId: 't1',
        runId: 'run-1',
        payload,
        expiresAt: '2026-03-18T12:00:00.123456+00:00',
      },
      payloadText: JSON.stringify(payload),
      warning: null,
    })
    expect('record' in result && result.record.payload).toBe(payload)
  })

  it('takes the stem of the file and no run id where the payload has neither', async () => {
    expect(await sealed('task', { title: 'x' })).toMatchObject({ record: { recordId: 'file-stem', runId: '' } })
  })

  it('never lets releases, dependencies and tasks lapse, whatever they say', async () => {
    for (const kind of ['release', 'dependency', 'task']) {
      expect(await sealed(kind, { expires_at: '2026-03-18T12:00:00Z' })).toMatchObject({ record: { expiresAt: null } })
    }
  })

  it.each([
    ['a path', '../../x'],
    ['a line end behind it', 'a\n'],
    ['129 characters', 'a'.repeat(129)],
    ['nothing in it', ''],
    ['a dot', 'a.b'],
  ])('refuses a record id with %s', async (_what, id) => {
    expect(await sealed('reservation', { reservation_id: id })).toEqual({
      fault: `unsafe record id ${JSON.stringify(id).length > 80 ? `${JSON.stringify(id).slice(0, 77)}…` : JSON.stringify(id)}`,
    })
  })

  it.each([201, 100_000])('refuses a payload of %i levels, which its readers would refuse', async (depth) => {
    const nested = JSON.parse(`${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}`)
    for (const field of ['payload', 'task_id']) {
      expect(await sealed('task', { [field]: nested })).toEqual({ fault: 'is nested deeper than 200 levels' })
    }
  })

  it('refuses a heartbeat whose run id could not be a file at its readers', async () => {
    expect(await sealed('heartbeat', { run_id: 'run/1' })).toEqual({ fault: 'unsafe record id "run/1"' })
  })

  it('takes ids of 128 characters, uuids and hashes', async () => {
    for (const id of ['a'.repeat(128), 'e3b0c442-98fc-4c14-9afb-f4c8996fb924', `sha256:${'0'.repeat(64)}`]) {
      expect(await sealed('task', { task_id: id })).toMatchObject({ record: { recordId: id } })
    }
  })

  it('warns of the field that breaks the schema, with its value', async () => {
    expect(await sealed('reservation', { addresses: ['a.ts', 7] })).toMatchObject({
      record: { recordId: 'file-stem' },
      warning: 'addresses.1 must be string, got 7',
    })
  })

  it('refuses what breaks the schema of a kind that is strict', async () => {
    const seal = await createSeal({ ...(registry.get('reservation') as Kind), strict: true })
    expect(seal({ addresses: 7 }, 's')).toEqual({ fault: 'addresses must be array,null, got 7' })
  })

  it('refuses an end that is no time, and takes one without a zone for UTC', async () => {
    expect(await sealed('claim', { expires_at: 'tomorrow' })).toEqual({
      fault: 'the expiry rule of "claim" gave no timestamp: "tomorrow"',
    })
    expect(await sealed('claim', { expires_at: '2026-03-18T12:00:00.123456' })).toMatchObject({
      record: { expiresAt: '2026-03-18T12:00:00.123456Z', payload: { expires_at: '2026-03-18T12:00:00.123456' } },
      warning: null,
    })
  })

  it('keeps the text of the payload as it stands in its file', async () => {
    const text = '{"n":[1e400,1152921504606846976,1.50,"\\u0041"]}'
    const seal = await createSeal(registry.get('task') as Kind)
    expect(seal(JSON.parse(text), 's', text)).toMatchObject({ payloadText: text })
  })

  it('keeps fields that no schema knows, and asks for none', async () => {
    expect(await sealed('intent', { colour: { deep: true } })).toMatchObject({
      record: { payload: { colour: { deep: true } } },
    })
  })

  it('reads the shapes of old files: schema_version as a number, one heartbeat a reservation', async () => {
    expect(await sealed('reservation', { schema_version: 1, operation: null })).toHaveProperty('record')
    const beat = { run_id: 'r1', reservation_id: 'x', extended_expires_at: '2026-03-18T12:00:00+00:00' }
    expect(await sealed('heartbeat', beat)).toMatchObject({ record: { recordId: 'r1', expiresAt: null } })
  })

  it('refuses a payload over 256 KiB', async () => {
    expect(await sealed('task', { title: 'x'.repeat(256 * 1024) })).toMatchObject({
      fault: expect.stringMatching(/^payload of \d+ bytes/),
    })
  })

  describe('with a plugin that is wrong', () => {
    const base = registry.get('task') as Kind

    it('leaves a file out when its expiry rule throws', async () => {
      const seal = await createSeal({
        ...base,
        expiresAt: () => {
          throw new Error('no date')
        },
      })
      expect(seal({}, 's')).toEqual({ fault: 'expiresAt of "task" failed: no date', isOfKind: true })
    })

    it('leaves a file out when its expiry rule gives no timestamp', async () => {
      const seal = await createSeal({ ...base, expiresAt: () => 'soon' })
      expect(seal({}, 's')).toEqual({ fault: 'the expiry rule of "task" gave no timestamp: "soon"' })
    })

    it('says that its schema does not compile', async () => {
      await expect(createSeal({ ...base, schema: { type: 'objekt' } })).rejects.toMatchObject({ code: 'KIND_INVALID' })
    })

    it('says which draft a schema has to be of', async () => {
      const schema = { $schema: 'http://json-schema.org/draft-07/schema#' }
      const message = expect.stringMatching(/draft-07.*has to be "https:\/\/json-schema.org\/draft\/2020-12\/schema"/)
      await expect(createSeal({ ...base, schema })).rejects.toMatchObject({ code: 'KIND_INVALID', message })
    })
  })
})
