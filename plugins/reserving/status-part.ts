import type { Attention, Session } from '../../src/plugin.js'
import { type Forecast, forecast } from './forecast.js'

/** What reserving adds to `status`: the runs that are about to meet. */
export function readReservingStatus(session: Session, runId: string | null) {
  const { conflicts } = forecast(session, runId)
  return { fields: { conflicts }, attention: conflicts.map(attentionOf) }
}

function attentionOf({ conflictType, agents, addresses }: Forecast['conflicts'][number]): Attention {
  const message = `${agents.join(' and ')}: ${conflictType} at ${addresses.join(' ')}`
  return { what: 'conflict', message, command: 'forecast' }
}
