import { fromNow } from '../base/from-now.js'
import { freshness } from '../workspace/freshness.js'
import { type Html, html } from './html.js'
import type { PageRequest } from './page.js'

/** A store that is kept in step asks its hub once a minute at least; this long it may take where the hub is slow. */
const IN_STEP_SECONDS = 180

/** How fresh what others wrote is. A page that renews itself shows what lies here, whether or not the hub is there. */
export function knownHtml({ session, records, moment }: PageRequest): Html | null {
  const { hub, asOf, ageSeconds } = freshness(session)
  if (hub === null || moment !== null) return null
  if (asOf === null || ageSeconds === null)
    return html`<p class="known old">What others wrote has never been pulled from the hub: <code>muse-coord sync pull</code></p>`
  const age = fromNow(records.now - ageSeconds * 1000, records.now)
  return ageSeconds <= IN_STEP_SECONDS
    ? html`<p class="known">what others wrote is of ${age}</p>`
    : html`<p class="known old">What others wrote is of ${age}: <code>muse-coord doctor</code> tells why</p>`
}
