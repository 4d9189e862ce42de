import { formatTimestamp } from '../base/timestamp.js'
import { type Html, html } from './html.js'
import { linkTo, type Page, type PageRequest } from './page.js'

const STEPS = [
  ['−1 h', -3600],
  ['−10 min', -600],
  ['−1 min', -60],
  ['+1 min', 60],
  ['+10 min', 600],
] as const

/** A whole document around the body of a page. */
export function layout(page: Page, pages: readonly Page[], request: PageRequest, body: Html): string {
  const links = pages.map(
    ({ path, title }) =>
      html`<a href="${linkTo(path, request)}"${path === page.path ? html` aria-current="page"` : null}>${title}</a> `,
  )
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>${page.title} – muse-coord</title>
<link rel="stylesheet" href="/ui.css"><script type="module" src="/ui.js"></script></head>
<body><header><nav aria-label="Pages">${links}</nav>${momentHtml(page, request)}</header>
<main><h1>${page.title}</h1>${body}</main></body></html>
`.text
}

function momentHtml({ path }: Page, request: PageRequest): Html {
  const { moment, query, records } = request
  const kept = Object.fromEntries([...query].filter(([name]) => name !== 'at' && name !== 'page'))
  const now = records.now
  const steps = STEPS.filter(([, seconds]) => seconds < 0 || moment !== null).map(
    ([text, seconds]) => html`<a href="${linkTo(path, { moment: now + seconds * 1000 }, kept)}">${text}</a> `,
  )
  return html`<nav class="moment" aria-label="Moment">${
    moment === null ? html`<strong>live</strong>` : html`<time>${formatTimestamp(moment)}</time>`
  } ${steps}${
    moment === null
      ? null
      : html`<a href="${linkTo(path, { moment: null }, kept)}">now</a>
<small>What is rewritten in place, as beats and claims are, is known by its last word, and shown from that on.</small>`
  }</nav>`
}
