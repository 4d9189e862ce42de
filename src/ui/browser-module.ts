/**
 * The one module of the pages, in the browser's own language. It puts the page in again when the store changes, unless a past
 * moment is looked at or somebody types; says so when it can do that no longer, and goes on when it can; moves the page through time while the slider is moved; and knows the keys 1 to 5, [ and ] (a
 * minute back and on), n (now) and / (search).
 */
export const BROWSER_MODULE = `const isLive = () => !new URLSearchParams(location.search).has('at')
const isTyping = () => document.activeElement?.matches('input[type=search]') ?? false
let asking = null
let isLate = false

const LOST = 'The connection to muse-coord ui is lost. What is shown is of the time above; it is tried again.'
const ENDED = 'That muse-coord ui has ended. Open the link that the new one has printed; this page goes on then.'
// It tells something every 5 seconds: ages go on.
const SILENT_MILLISECONDS = 20000
const AGAIN_MILLISECONDS = 2000
let heardAt = 0

// Null: it is live.
function tell(problem) {
  document.body.classList.toggle('streaming', problem === null)
  const note = document.getElementById('note')
  note.hidden = problem === null
  if (note.textContent !== (problem ?? '')) note.textContent = problem ?? ''
}

function listen() {
  const stream = new EventSource('/changes')
  const hear = () => {
    heardAt = Date.now()
    renew().catch(() => {})
  }
  const startAgain = (problem) => {
    clearInterval(listening)
    stream.close()
    tell(problem)
    setTimeout(listen, AGAIN_MILLISECONDS)
  }
  const listening = setInterval(() => {
    if (stream.readyState === EventSource.OPEN && Date.now() - heardAt > SILENT_MILLISECONDS) startAgain(LOST)
  }, AGAIN_MILLISECONDS)
  stream.addEventListener('open', () => {
    tell(null)
    hear()
  })
  stream.addEventListener('change', hear)
  stream.addEventListener('error', async () => {
    tell(LOST)
    // What was answered by anything but a stream is not tried again by the browser itself.
    if (stream.readyState !== EventSource.CLOSED) return
    clearInterval(listening)
    const answer = await fetch('/ui.svg').catch(() => null)
    startAgain(answer?.status === 401 || answer?.status === 403 ? ENDED : LOST)
  })
}

async function show(address) {
  asking?.abort()
  const request = (asking = new AbortController())
  try {
    const answer = await fetch(address, { signal: request.signal })
    if (isTyping()) return
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
    if (request.signal.aborted) return
    tell(answer.ok ? null : 'The page cannot be renewed: ' + fresh.body.textContent.trim())
    if (!answer.ok) return
    replace('main', fresh)
    if (!document.activeElement?.matches('[name=ago]')) replace('.moment', fresh)
    else document.querySelector('.moment > span').replaceWith(fresh.querySelector('.moment > span'))
    document.querySelector('.pages').replaceWith(fresh.querySelector('.pages'))
    return answer.url
  } catch (error) {
    if (!request.signal.aborted) throw error
  } finally {
    if (asking === request) asking = null
  }
}

// Whoever goes through a page by the keyboard stays where they are.
function replace(selector, fresh) {
  const [shown, next] = [document.querySelector(selector), fresh.querySelector(selector)]
  if (!shown || !next || shown.innerHTML === next.innerHTML) return
  const focused = shown.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null
  const open = [...shown.querySelectorAll('details[open]')].map(({ id }) => id)
  shown.replaceWith(next)
  for (const id of open) document.getElementById(id)?.setAttribute('open', '')
  if (focused !== null) [...next.querySelectorAll('a')].find((link) => link.getAttribute('href') === focused)?.focus()
}

async function renew() {
  if (document.hidden || isTyping() || !isLive()) return
  // One look at a time: what changes meanwhile is looked at once more when it has ended.
  if (asking) return void (isLate = true)
  do {
    isLate = false
    await show(location.href)
  } while (isLate)
}
listen()
addEventListener('visibilitychange', () => renew().catch(() => {}))

addEventListener('input', async ({ target }) => {
  if (target.name !== 'ago') return
  const address = new URL(location)
  address.searchParams.delete('at')
  address.searchParams.delete('page')
  if (target.value !== '0') address.searchParams.set('ago', target.value)
  const shown = await show(address).catch(() => {})
  if (shown) history.replaceState(null, '', shown)
})

addEventListener('keydown', (event) => {
  if (isTyping() || event.ctrlKey || event.altKey || event.metaKey) return
  const keys = { '[': 'back', ']': 'on', n: 'now' }
  const page = event.key >= '1' && event.key <= '5' ? document.querySelectorAll('.pages a')[event.key - 1] : null
  const link = page ?? (keys[event.key] && document.querySelector('[data-key=' + keys[event.key] + ']'))
  if (link) location.assign(link.href)
  if (event.key !== '/') return
  event.preventDefault()
  const search = document.querySelector('input[type=search]')
  if (search) search.focus()
  else location.assign(document.querySelectorAll('.pages a')[4].href)
})
`
