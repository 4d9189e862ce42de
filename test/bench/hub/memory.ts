import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { WRITERS } from './contender.js'
import { BATCH, batchesOf, bodyOf } from './rows.js'
import { answered, type RunningHubs } from './running-hubs.js'
import { openStreams } from './streams.js'

/** Resident memory of a hub process, in MiB. */
export interface Memory {
  readonly empty: number
  readonly filled: number
  readonly withStreams: number
  /** The most it ever was. */
  readonly peak: number
}

/** Fills a hub, then opens streams on it. */
export async function measureMemory(hubs: RunningHubs, records: number, streams: number): Promise<Memory> {
  const [hub] = hubs.processes
  const [signer] = hubs.signers
  if (hub === undefined || signer === undefined) throw new Error('no hub runs')
  const empty = residentMiB(hub.pid)
  const batches = Math.ceil(records / BATCH / WRITERS)
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let batch = 0; batch < batches; batch++) {
        const [rows = []] = batchesOf(BATCH, `m${writer}-${batch}`)
        const options = { method: 'POST', body: bodyOf(rows), headers: { 'content-encoding': 'gzip' } }
        await answered(signer.fetch('/ada/full/coord/push', options))
      }
    }),
  )
  const filled = residentMiB(hub.pid)
  const open = await openStreams(signer, 'ada/full', streams, 0)
  await sleep(1000)
  const memory = { empty, filled, withStreams: residentMiB(hub.pid), peak: residentMiB(hub.pid, 'VmHWM') }
  open.close()
  return memory
}

function residentMiB(pid: number, field = 'VmRSS'): number {
  const [, kilobytes] =
    new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1024)
}
