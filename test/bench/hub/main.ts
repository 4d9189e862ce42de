/**
 * `npm run bench:hub`: hubs beside the databases that they stand on, on the same rows in one run. Prints Markdown; with
 * `--rates` the first table alone.
 */
import os from 'node:os'
import path from 'node:path'
import { startPostgres } from '../../support/postgres.js'
import { refuseFlags, scriptFlags } from '../../support/script-flags.js'
import type { Signer } from '../../support/start-hub.js'
import { BARE_FLAG, bareHub, serveBare } from './bare-hub.js'
import { WRITERS } from './contender.js'
import { hubContender } from './hub-contender.js'
import { measureMemory } from './memory.js'
import { measureRates } from './rates.js'
import { postgresRows } from './raw-postgres.js'
import { sqliteRows } from './raw-sqlite.js'
import { BATCH } from './rows.js'
import { rawContender } from './rows-in-store.js'
import { startHubs } from './running-hubs.js'
import { measureWatch } from './watch-latency.js'

const USAGE = 'npm run bench:hub -- [--runs 5] [--records 40000] [--filled 1000000] [--rates] [--executable FILE]'
const READERS = [1, 100, 500]

if (process.argv[2] === BARE_FLAG) await serveBare(process.argv.slice(3))
else await bench()

async function bench(): Promise<void> {
  const values = scriptFlags(USAGE, {
    runs: { type: 'string', default: '5' },
    records: { type: 'string', default: '40000' },
    filled: { type: 'string', default: '1000000' },
    executable: { type: 'string', default: 'dist/cli.cjs' },
    rates: { type: 'boolean', default: false },
  })
  const [runs, records, filled] = [values.runs, values.records, values.filled].map((word) => {
    if (!/^[1-9]\d{0,8}$/.test(word)) refuseFlags(USAGE, `${word} is no whole number above 0`)
    return Number(word)
  }) as [number, number, number]
  const executable = path.resolve(values.executable)
  const postgres = await startPostgres({ fsync: true })
  let places = 0
  const newPlace = () => postgres.url(`bench${places++}`)

  try {
    const lines = await rateLines()
    if (!values.rates) lines.push('', ...(await watchLines()), '', ...(await memoryLines()))
    lines.push(
      '',
      `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.availableParallelism()} cores, ${os.type()} ${os.release()}, Node ${process.version};`,
      `load of the machine at the end ${os.loadavg()[0]?.toFixed(1)}.`,
    )
    console.log(lines.join('\n'))
  } finally {
    await postgres.remove()
  }

  async function rateLines(): Promise<string[]> {
    const rates = await measureRates(
      [
        rawContender('SQLite itself', () => sqliteRows()),
        bareHub('the least of a hub on SQLite', 'sqlite'),
        hubContender('hub on SQLite', executable, 1),
        rawContender('pg itself, UNNEST', () => postgresRows(postgres.url('raw'))),
        bareHub('the least of a hub on PostgreSQL', 'postgres', postgres.url('raw')),
        hubContender('hub on PostgreSQL', executable, 1, newPlace),
        hubContender('two hubs on one PostgreSQL', executable, 2, newPlace),
      ],
      runs,
      records,
    )
    return [
      '|  | push, records/s | pull, records/s |',
      '| --- | ---: | ---: |',
      ...rates.map(({ name, push, pull }) => `| ${name} | ${spread(push)} | ${spread(pull)} |`),
      '',
      `${records.toLocaleString('en')} records of 350 bytes in pushes of ${BATCH}, ${WRITERS} writers with a space each; pages of 1,000,`,
      `${WRITERS} readers. Medians of ${runs} alternating runs (lowest–highest). Writers, hubs and database share the machine.`,
    ]
  }

  async function watchLines(): Promise<string[]> {
    const lines = [
      '| watch: from the push sent to the news read | readers | p50, ms | p99, ms |',
      '| --- | ---: | ---: | ---: |',
    ]
    for (const [name, count, place] of [
      ['hub on SQLite', 1, undefined],
      ['written at one hub, read at another, PostgreSQL', 2, newPlace()],
    ] as const) {
      const hubs = await startHubs(executable, count, place)
      for (const readers of READERS) {
        const writer = hubs.signers[0] as Signer
        const latencies = await measureWatch(writer, hubs.signers.at(-1) as Signer, readers, `watch${readers}`)
        lines.push(`| ${name} | ${readers} | ${quantile(latencies, 0.5)} | ${quantile(latencies, 0.99)} |`)
      }
      await hubs.close()
    }
    return lines
  }

  async function memoryLines(): Promise<string[]> {
    const hubs = await startHubs(executable, 1)
    const memory = await measureMemory(hubs, filled, 500)
    await hubs.close()
    return [
      `Memory of a hub on SQLite: ${memory.empty} MiB empty, ${memory.filled} MiB after ${filled.toLocaleString('en')} records,`,
      `${memory.withStreams} MiB with 500 open streams beside them; never above ${memory.peak} MiB.`,
    ]
  }
}

function spread(samples: readonly number[]): string {
  const sorted = samples.toSorted((one, other) => one - other)
  return `${digits(quantileOf(sorted, 0.5))} (${digits(quantileOf(sorted, 0))}–${digits(quantileOf(sorted, 1))})`
}

function quantile(samples: readonly number[], share: number): string {
  const sorted = samples.toSorted((one, other) => one - other)
  return quantileOf(sorted, share).toFixed(1)
}

function quantileOf(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number
}

function digits(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en')
}
