import { formatTimestamp } from '../../base/timestamp.js'
import type { Hold } from '../../kinds/kind.js'
import { holdsAt } from '../holds-at.js'
import { brief, type Html, html } from '../html.js'
import { linkTo, type Page, type PageRequest } from '../page.js'
import { listLinks, partOfList } from '../part-of-list.js'
import { fromNow } from '../time-text.js'

/** A directory, a file or a symbol, with what is held of it. */
interface Branch {
  readonly holds: Hold[]
  readonly below: Map<string, Branch>
}

/** Below this depth the rest of an address is one name: a hostile one must not nest a page without end. */
const DEEPEST = 12

export const holdsPage: Page = {
  path: '/holds',
  title: 'Who holds what',
  open(request) {
    const part = partOfList(holdsAt(request.session.registry, request.records), request)
    const data = { ...part, rows: part.rows.map(shown) }
    return {
      data,
      body: () =>
        html`${part.total === 0 ? html`<p>Nothing is held.</p>` : null}${branchHtml(treeOf(part.rows), request)}
${listLinks('/holds', request, part)}`,
    }
  },
}

function treeOf(holds: readonly Hold[]): Branch {
  const root: Branch = { holds: [], below: new Map() }
  for (const hold of holds) {
    let branch = root
    for (const name of namesOf(hold)) {
      const next: Branch = branch.below.get(name) ?? { holds: [], below: new Map() }
      branch.below.set(name, next)
      branch = next
    }
    branch.holds.push(hold)
  }
  return root
}

/** Times as everywhere in JSON, ISO 8601. */
function shown({ details: _, since, until, ...hold }: Hold): object {
  const timestamp = (time: number | null) => (time === null ? null : formatTimestamp(time))
  return { ...hold, since: timestamp(since), until: timestamp(until) }
}

/** What has a title is an id, and no path. */
function namesOf({ what, title }: Hold): readonly string[] {
  if (title !== undefined) return [what]
  const names = what.split(/(?<=\/)|(?=::)/)
  return names.length <= DEEPEST ? names : [...names.slice(0, DEEPEST - 1), names.slice(DEEPEST - 1).join('')]
}

function branchHtml({ below }: Branch, request: PageRequest): Html {
  const items = Array.from(below, ([name, branch]) => {
    const runs = new Set(branch.holds.map(({ runId }) => runId))
    return html`<li${runs.size > 1 ? html` class="contested"` : null}><code>${brief(name)}</code>${
      runs.size > 1 ? html` <strong>${runs.size} runs</strong>` : null
    }${branch.holds.map((hold) => holderHtml(hold, request))}${
      branch.below.size === 0 ? null : branchHtml(branch, request)
    }</li>`
  })
  return items.length === 0 ? html`` : html`<ul class="tree">${items}</ul>`
}

function holderHtml(hold: Hold, request: PageRequest): Html {
  const { runId, author, title, kind, recordId, since, until, token, isExclusive } = hold
  const { now } = request.records
  return html`<div class="holder"><a href="${linkTo('/why', request, { id: runId })}">${runId}</a>${
    author === null ? null : ` (${author})`
  } ${brief(title ?? '')} <a class="kind" href="${linkTo('/why', request, { id: recordId })}">${kind}</a>${
    isExclusive ? ' alone' : ''
  }${token === null ? null : `, token ${token}`}, since ${fromNow(since, now)}, ${
    until === null ? 'until given back' : `ends ${fromNow(until, now)}`
  }</div>`
}
