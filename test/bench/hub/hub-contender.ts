import type { Signer } from '../../support/start-hub.js'
import { type Contender, type Opened, PAGE } from './contender.js'
import { bodyOf } from './rows.js'
import { answered, startHubs } from './running-hubs.js'

/** The same rows through hubs as operators run them. */
export function hubContender(name: string, executable: string, processes: number, newStore?: () => string): Contender {
  return {
    name,
    async open() {
      const { signers, close } = await startHubs(executable, processes, newStore?.())
      return throughHub(signers, close)
    },
  }
}

/** Signed and compressed, over HTTP, the writers spread over the processes. */
export function throughHub(signers: readonly Signer[], close: () => Promise<void>): Opened {
  const signerOf = (writer: number) => signers[writer % signers.length] as Signer
  const headers = { 'content-encoding': 'gzip' }
  return {
    prepare: (writer, batches) =>
      batches.map((batch) => {
        const body = bodyOf(batch)
        return async () => {
          const push = signerOf(writer).fetch(`/ada/s${writer}/coord/push`, { method: 'POST', body, headers })
          const { inserted } = await answered<{ inserted: number }>(push)
          if (inserted !== batch.length) throw new Error(`${inserted} of ${batch.length} were inserted`)
        }
      }),
    async readAll(writer) {
      let count = 0
      for (let cursor = 0; ; ) {
        const path = `/ada/s${writer}/coord/pull?since_id=${cursor}&limit=${PAGE}`
        const page = await answered<{ records: object[]; cursor: number; has_more: boolean }>(
          signerOf(writer).fetch(path),
        )
        count += page.records.length
        if (!page.has_more) return count
        cursor = page.cursor
      }
    },
    close,
  }
}
