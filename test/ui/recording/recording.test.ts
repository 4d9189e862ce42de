import { expect, it } from '@jest/globals'
import { steadied } from './steadied.js'
import { terminalSvg } from './terminal-svg.js'

const session = (id: string, until: string, seconds: number) => [
  `Reserved a.ts — ${id}, until ${until}`,
  `${id.slice(0, 8)}  ${seconds}s ago`,
]

it('a recording is the same at another time, with other ids', () => {
  const one = steadied(session('1b9eab31-1a61-4fac-bfb8-313b6918cd09', '2026-11-26 14:23:10Z', 2))
  expect(one).toEqual(steadied(session('eb184836-9f63-4568-9d32-158d6ff147ca', '2027-01-01 00:00:59Z', 7)))
  expect(one.join()).toMatch(/Reserved a\.ts — ([\da-f]{8})-.*, until 2026-03-18 13:00:00Z,\1 {2}1s ago/)
})

it('a recording folds long lines, and shows what is written as text', () => {
  const svg = terminalSvg([{ prompt: 'p', command: 'x', output: `<script>&\n${'y'.repeat(150)}\n✅ Done\n` }])
  expect(svg).toContain('>&#60;script&#62;&#38;</text>')
  expect(svg).toContain(`>${'y'.repeat(112)}</text>`)
  expect(svg).toContain(`>${'y'.repeat(38)}</text>`)
  expect(svg).toContain('<tspan class="good">✓</tspan> Done</text>')
})
