import { formatTimestamp } from '../base/timestamp.js'
import { type Html, html } from './html.js'
import { knownHtml } from './known.js'
import { linkTo, type Page, type PageRequest } from './page.js'

/** How far back the slider goes, in minutes: a day. */
const SCRUB_MINUTES = 24 * 60

const STEPS = [
  ['−1 h', -3600, ''],
  ['−1 min', -60, 'back'],
  ['+1 min', 60, 'on'],
  ['+1 h', 3600, ''],
] as const

/** A whole document around the body of a page. */
export function layout(page: Page, pages: readonly Page[], request: PageRequest, body: Html): string {
  const links = pages.map(
    ({ path, title }) =>
      html`<a href="${linkTo(path, request)}"${path === page.path ? html` aria-current="page"` : null}>${title}</a>`,
  )
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>${page.title} – muse-coord</title>
<link rel="icon" href="/ui.svg"><link rel="stylesheet" href="/ui.css"><script type="module" src="/ui.js"></script></head>
<body><a class="skip" href="#main">To the page</a>
<header><div class="bar"><nav class="pages" aria-label="Pages">${links}</nav>${momentHtml(page, request)}</div></header>
<p id="note" class="bar" role="status" hidden></p>
<main id="main">${request.moment === null ? null : html`<p class="then card">What is rewritten in place, as beats and claims are, is known by its last word.</p>`}
<div class="head"><h1>${page.title}</h1>${knownHtml(request)}</div>${body}</main>
<footer>Keys: <kbd>1</kbd>–<kbd>5</kbd> pages, <kbd>/</kbd> search, <kbd>[</kbd> <kbd>]</kbd> a minute back and on, <kbd>n</kbd> now.
Each page with <code>?json</code> is a document.</footer></body></html>
`.text
}

/** Where in time the page is, and the ways to another moment. */
function momentHtml({ path }: Page, request: PageRequest): Html {
  const { moment, query, records } = request
  const kept = Object.fromEntries([...query].filter(([name]) => name !== 'at' && name !== 'page' && name !== 'ago'))
  const { now } = records
  const steps = STEPS.filter(([, seconds]) => seconds < 0 || moment !== null).map(
    ([text, seconds, key]) =>
      html`<a href="${linkTo(path, { moment: now + seconds * 1000 }, kept)}"${key === '' ? null : html` data-key="${key}"`}>${text}</a>`,
  )
  const ago = Math.min(SCRUB_MINUTES, Math.max(0, Math.round((request.session.workspace.view.now - now) / 60_000)))
  return html`<nav class="moment" aria-label="Moment">${
    moment === null
      ? html`<span class="live" title="UTC"><b>live</b><time>${formatTimestamp(now).slice(11, 19)}</time></span>`
      : html`<span class="past"><time>${formatTimestamp(moment)}</time></span>`
  }<form action="${path}">${Object.entries(kept).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<input type="range" name="ago" min="-${SCRUB_MINUTES}" max="0" value="-${ago}" aria-label="Minutes back, up to a day"><button>Go</button></form>${steps}${
    moment === null ? null : html`<a href="${linkTo(path, { moment: null }, kept)}" data-key="now">now</a>`
  }</nav>`
}
