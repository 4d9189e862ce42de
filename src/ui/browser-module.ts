/**
 * The one module of the pages, in the browser's own language. It puts the page in again when the store changes, unless a past
 * moment is looked at or somebody types; and it knows the keys 1 to 5, [ and ] (a minute back and on), and n (now).
 */
export const BROWSER_MODULE = `const isLive = !new URLSearchParams(location.search).has('at')
const isTyping = () => document.activeElement?.matches('input') ?? false
let isAsking = false
async function renew() {
  if (isAsking || document.hidden || isTyping()) return
  isAsking = true
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } })
    if (!answer.ok || isTyping()) return
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main')
    const shown = document.querySelector('main')
    if (fresh && fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh)
  } finally {
    isAsking = false
  }
}
if (isLive) new EventSource('/changes').addEventListener('change', () => renew().catch(() => {}))
const follow = (link) => link && location.assign(link.href)
addEventListener('keydown', (event) => {
  if (isTyping() || event.ctrlKey || event.altKey || event.metaKey) return
  const links = [...document.querySelectorAll('.moment a')]
  const named = (text) => links.find((link) => link.textContent === text)
  if (event.key >= '1' && event.key <= '5') follow(document.querySelectorAll('header nav:first-child a')[event.key - 1])
  if (event.key === '[') follow(named('\\u22121 min'))
  if (event.key === ']') follow(named('+1 min'))
  if (event.key === 'n') follow(named('now'))
})
`
