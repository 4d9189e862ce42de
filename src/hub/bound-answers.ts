import type { FastifyInstance } from 'fastify'
import { proven } from './beneficiary.js'
import type { HubContext } from './context.js'
import { whenOver } from './when-over.js'

/** So much of an answer is kept whatever else is: hardly any is longer. */
const FREE_CHARACTERS = 16 * 1024

/** Counts whole answers against the budget of answers until they are taken. Pages, whose parts come one by one, count themselves. */
export function boundAnswers(app: FastifyInstance, { answers }: Pick<HubContext, 'answers'>): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || payload.length <= FREE_CHARACTERS) return
    const lot = answers.open(proven(request), () => request.raw.destroy())
    whenOver(request.raw, reply.raw, () => lot.close())
    lot.hold(Buffer.byteLength(payload))
  })
}
