import assert from 'node:assert/strict'
import { isTimestamp } from '../base/timestamp.js'
import { createContainer } from '../container.js'
import type { AnyPlugin } from '../kinds/define-plugin.js'
import type { Kind } from '../kinds/kind.js'
import { registryOf } from '../kinds/registry.js'
import { createSeal } from '../kinds/seal.js'
import type { JsonObject } from '../record/record.js'
import { pull } from '../sync/pull/pull.js'
import { push } from '../sync/push/push.js'
import { writeRecordFile } from '../workspace/record-files.js'
import {
  assertKnownFields,
  assertLeaseLapses,
  assertNamedFields,
  assertSteadyExpiry,
  assertStrictSchema,
  assertTakesAnyPayload,
  assertTolerantSchema,
} from './kind-declaration.js'
import { contestHere, contestOnHub } from './lease-contest.js'
import { globalRunner, type TestRunner } from './test-runner.js'
import { openTwoMachines } from './two-machines.js'

export interface DescribeKindOptions {
  /** Payloads as writers of the kind write them, at least one, each with a record id of its own. */
  readonly samples: readonly JsonObject[]
  /** Payloads that break the schema, or that cannot be records. */
  readonly broken?: readonly JsonObject[]
  /** Where the runner does not put `describe` and `it` into the global scope. */
  readonly runner?: TestRunner
}

const TIMEOUT_MILLISECONDS = 30_000

/** What can be told of a kind by its declaration and samples. */
const OF_THE_DECLARATION: Readonly<
  Record<string, (kind: Kind, samples: readonly JsonObject[]) => void | Promise<void>>
> = {
  'has no field that nobody asks for': assertKnownFields,
  'names the fields of its ids as the samples do': assertNamedFields,
  'has a schema whose keywords and formats there are': assertStrictSchema,
  'has a schema that does not require everything': assertTolerantSchema,
  'takes any payload wherever it is asked about one': assertTakesAnyPayload,
  'has an expiry rule that answers the same again': assertSteadyExpiry,
  'lapses, where it is a lease': assertLeaseLapses,
}

/**
 * The conformance suite of kinds: what the pipelines rely on, as tests, from the declaration to a journey through a real
 * hub. For a plugin that registers one kind that the program does not have, or one of the built-in ones.
 */
export function describeKind(name: string, plugin: AnyPlugin, options: DescribeKindOptions): void {
  const { describe, it } = options.runner ?? globalRunner()
  const { samples, broken = [] } = options
  assert.ok(samples.length > 0, 'describeKind needs a sample')

  describe(`kind: ${name}`, () => {
    it('is registered under its name', async () => {
      assert.equal((await kindNamed(name, plugin)).name, name)
    })

    for (const [title, check] of Object.entries(OF_THE_DECLARATION)) {
      it(title, async () => check(await kindNamed(name, plugin), structuredClone(samples)))
    }

    it('seals each sample under an id of its own, and leaves it as it is', async () => {
      const seal = await createSeal(await kindNamed(name, plugin))
      const ids = samples.map((sample) => {
        const before = JSON.stringify(sample)
        const sealed = seal(sample, 'stem')
        assert.ok('record' in sealed, 'fault' in sealed ? sealed.fault : '')
        assert.equal(JSON.stringify(sample), before, 'its own code has changed the payload that it was handed')
        return sealed.record.recordId
      })
      assert.equal(new Set(ids).size, samples.length)
    })

    it('has an expiry rule that answers with a timestamp or null, also to a payload without any field', async () => {
      const kind = await kindNamed(name, plugin)
      for (const payload of [...samples, {}]) {
        const expiresAt = kind.expiresAt(payload)
        assert.ok(expiresAt === null || isTimestamp(expiresAt), `expiresAt answers ${JSON.stringify(expiresAt)}`)
      }
    })

    it('keeps fields that its schema does not know', async () => {
      const seal = await createSeal(await kindNamed(name, plugin))
      for (const sample of samples) {
        const sealed = seal({ ...sample, field_of_somebody_else: [1, { two: null }] }, 'stem')
        assert.ok('record' in sealed, 'fault' in sealed ? sealed.fault : '')
        assert.equal(sealed.warning, null, `its schema refuses a field of somebody else: ${sealed.warning}`)
      }
    })

    it('says what a record is in one line, where it says it', async () => {
      const kind = await kindNamed(name, plugin)
      for (const sample of kind.describe === undefined ? [] : samples) {
        const said = kind.describe?.(sample)
        assert.ok(
          typeof said === 'string' && !/\p{Cc}/u.test(said),
          `describe answers ${JSON.stringify(said)}, which is no line`,
        )
      }
    })

    it(
      'tells when each record ends and what is held by it, where it tells',
      () => tells(name, plugin, samples),
      TIMEOUT_MILLISECONDS,
    )

    for (const payload of broken) {
      it(`finds what is wrong with ${JSON.stringify(payload)}`, async () => {
        const sealed = (await createSeal(await kindNamed(name, plugin)))(payload, 'stem')
        assert.ok('fault' in sealed || sealed.warning !== null, 'nothing was found wrong with it')
      })
    }

    it('goes from one machine to the other unharmed', () => journey(name, plugin, samples), TIMEOUT_MILLISECONDS)

    for (const [where, contest] of [
      ['without a hub', contestHere],
      ['on a hub', contestOnHub],
    ] as const) {
      it(
        `is refused ${where} to a second run while the first one holds it, where it is a lease`,
        async () => {
          const kind = await kindNamed(name, plugin)
          if (kind.merge !== 'lease') return
          await contest({ kind, sample: samples[0] as JsonObject, plugins: await needed(name, plugin) })
        },
        TIMEOUT_MILLISECONDS,
      )
    }
  })
}

/** The kind as an application has it. */
async function kindNamed(name: string, plugin: AnyPlugin): Promise<Kind> {
  const registry = registryOf(await createContainer({ plugins: await needed(name, plugin) }))
  const kind = registry.get(name)
  assert.ok(
    kind,
    `the plugin registers no kind "${name}"; there are ${registry.all.map((each) => each.name).join(', ')}`,
  )
  return kind
}

/** A built-in kind is there already; any other is brought by its plugin. */
async function needed(name: string, plugin: AnyPlugin): Promise<AnyPlugin[]> {
  return registryOf(await createContainer()).get(name) === undefined ? [plugin] : []
}

/** What the verbs of everybody show, and what `gc` removes by. */
async function tells(name: string, plugin: AnyPlugin, samples: readonly JsonObject[]): Promise<void> {
  const machines = await openTwoMachines(await needed(name, plugin))
  try {
    const { registry, workspace } = machines.first
    const kind = registry.get(name) as Kind
    samples.forEach((sample, index) => {
      writeRecordFile(workspace.repo, kind.directory, `sample-${index}`, sample)
    })
    const records = workspace.view.everything()
    const endOf = kind.ends?.(records)
    for (const record of endOf === undefined ? [] : records.entries(name)) {
      const end = endOf?.(record)
      assert.ok(end === null || Number.isFinite(end), `ends of ${record.recordId} answers ${end}, which is no time`)
    }
    for (const hold of kind.holds?.(records) ?? []) {
      assert.equal(hold.kind, name)
      assert.ok(records.named(name, hold.recordId), `there is no record ${hold.recordId} to hold anything by`)
      assert.ok(hold.what !== '' && typeof hold.runId === 'string', `${hold.recordId} holds nothing, or for no run`)
      assert.ok(hold.until === null || hold.until > records.now, `what ${hold.recordId} holds is over`)
      assert.ok(hold.since === null || Number.isFinite(hold.since), `${hold.recordId} holds since ${hold.since}`)
      const paths = kind.mayHold?.(records.named(name, hold.recordId)?.payload ?? {}, hold.recordId) ?? ['']
      assert.ok(
        paths.some((path) => isNear(path, hold.what)),
        `mayHold of ${hold.recordId} names no path near "${hold.what}", which it holds`,
      )
    }
  } finally {
    await machines.close()
  }
}

/** Whether a path lies at, above or below the plain beginning of what is held. */
function isNear(path: string, what: string): boolean {
  const names = what.toLowerCase().split('::', 1).join('').split('/')
  const wild = names.findIndex((name) => /[*?{]/.test(name))
  const plain = names.slice(0, wild === -1 ? names.length : wild).join('/')
  return [path, plain].includes('') || `${path}/`.startsWith(`${plain}/`) || `${plain}/`.startsWith(`${path}/`)
}

async function journey(name: string, plugin: AnyPlugin, samples: readonly JsonObject[]): Promise<void> {
  const machines = await openTwoMachines(await needed(name, plugin))
  try {
    const { first, second } = machines
    const kind = first.registry.get(name) as Kind
    samples.forEach((sample, index) => {
      writeRecordFile(first.workspace.repo, kind.directory, `sample-${index}`, sample)
    })
    const kinds = [name]
    const pushed = await push(first, { kinds })
    assert.deepEqual(pushed.ignored, [])
    assert.deepEqual(pushed.rejected, [])
    assert.equal(pushed.inserted, samples.length)
    const again = await push(first, { kinds, recheck: true })
    assert.equal(again.skipped, samples.length)
    const pulled = await pull(second, { kinds })
    assert.deepEqual(pulled.rejected, [])
    const payloads = pulled.records.map(({ payload }) => payload)
    assert.deepEqual(sorted(payloads), sorted(samples))
    for (const { expiresAt, payload } of pulled.records) assert.equal(expiresAt, kind.expiresAt(payload))
  } finally {
    await machines.close()
  }
}

function sorted(payloads: readonly JsonObject[]): string[] {
  return payloads.map((payload) => JSON.stringify(payload)).sort()
}
