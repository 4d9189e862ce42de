/** `npm run bench:growth`: draws what the last `npm run bench` found of the verbs, `growth.json`, as `growth.svg`. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { scriptFlags } from '../support/script-flags.js'

const WIDTH = 860
const HEIGHT = 460
const PLOT = { left: 56, right: 690, top: 48, bottom: 410 }
const LABEL_HEIGHT = 15
/** Told apart by eyes of all kinds, on light and dark ground. */
const COLOURS = [
  '#4477aa',
  '#ee6677',
  '#228833',
  '#b59b00',
  '#2a9dc4',
  '#aa3377',
  '#cc7722',
  '#6655bb',
  '#888844',
  '#dd5599',
]

scriptFlags('npm run bench:growth', {})

const at = (name) => path.join(import.meta.dirname, name)
const { machine, runs, lines } = JSON.parse(readFileSync(at('growth.json'), 'utf8'))
const sizes = lines[0].sizes.map(({ size }) => size)
const highest = Math.max(...lines.flatMap(({ sizes }) => sizes.map(({ cpu }) => cpu.median)))
const step = niceStep(highest / 5)
const top = Math.ceil(highest / step) * step

let colours = 0
const drawn = lines.map((line) => ({ ...line, ...styleOf(line) }))
const parts = [...grid(), ...drawn.map(curve), ...labels()]
writeFileSync(at('growth.svg'), svg(parts))
process.stdout.write(`${at('growth.svg')}\n`)

/** Sizes stand at even steps for even ratios. */
function x(size) {
  const [low, high] = [Math.log(sizes[0]), Math.log(sizes.at(-1))]
  return PLOT.left + ((Math.log(size) - low) / (high - low || 1)) * (PLOT.right - PLOT.left)
}

function y(milliseconds) {
  return PLOT.bottom - (milliseconds / top) * (PLOT.bottom - PLOT.top)
}

function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least)
}

function styleOf({ isOurs, isFloor }) {
  if (isFloor) return { colour: 'currentColor', dash: '' }
  return isOurs ? { colour: COLOURS[colours++ % COLOURS.length], dash: '' } : { colour: 'currentColor', dash: '5 4' }
}

function grid() {
  const levels = Array.from({ length: Math.round(top / step) + 1 }, (_, count) => count * step)
  return [
    text(PLOT.left - 40, 24, 'CPU of one command, ms, over the records in the store that are over', 'class="title"'),
    ...levels.flatMap((level) => [
      `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${round(y(level))}" y2="${round(y(level))}" class="grid"/>`,
      text(PLOT.left - 8, y(level) + 4, String(level), 'text-anchor="end"'),
    ]),
    ...sizes.map((size) => text(x(size), PLOT.bottom + 20, size.toLocaleString('en'), 'text-anchor="middle"')),
    text(
      PLOT.left,
      PLOT.bottom + 42,
      `Medians of ${runs} runs in turn, Node ${machine.node}, ${machine.processor}; bars: lowest to highest`,
      'class="note"',
    ),
  ]
}

function curve({ sizes: measured, colour, dash, isFloor }) {
  const points = measured.map(({ size, cpu }) => `${round(x(size))},${round(y(cpu.median))}`).join(' ')
  const bars = measured.map(
    ({ size, cpu }) =>
      `<line x1="${round(x(size))}" x2="${round(x(size))}" y1="${round(y(cpu.low))}" y2="${round(Math.max(y(cpu.high), PLOT.top))}" class="bar"/>`,
  )
  const width = isFloor ? 3 : 1.8
  return `<g stroke="${colour}"><polyline points="${points}" fill="none" stroke-width="${width}" stroke-dasharray="${dash}"/>${bars.join('')}</g>`
}

/** Each at the height of its line's end, pushed down where another one stands. */
function labels() {
  const ends = drawn
    .map((line) => ({ ...line, end: line.sizes.at(-1).cpu.median }))
    .sort((one, other) => other.end - one.end)
  const heights = ends.map(({ end }) => y(end))
  for (let i = 1; i < heights.length; i++) heights[i] = Math.max(heights[i], heights[i - 1] + LABEL_HEIGHT)
  // What was pushed out below pushes back.
  heights[heights.length - 1] = Math.min(heights.at(-1), PLOT.bottom)
  for (let i = heights.length - 2; i >= 0; i--) heights[i] = Math.min(heights[i], heights[i + 1] - LABEL_HEIGHT)
  return ends.map(({ name, end, colour }, i) => {
    const lead = `<path d="M${PLOT.right + 4},${round(y(end))} L${PLOT.right + 22},${round(heights[i])}" stroke="${colour}" fill="none" opacity="0.5"/>`
    return `${lead}${text(PLOT.right + 27, heights[i] + 4, `${name}  ${Math.round(end)}`, `fill="${colour}"`)}`
  })
}

function text(left, base, words, attributes) {
  return `<text x="${round(left)}" y="${round(base)}" ${attributes}>${words}</text>`
}

function round(value) {
  return Math.round(value * 10) / 10
}

function svg(parts) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="CPU of each verb over the number of records">
<style>
svg { color: #24292f; background: #ffffff; font: 12px system-ui, sans-serif; }
text:not([fill]) { fill: currentColor; }
.title { font-size: 14px; font-weight: 600; }
.note { opacity: 0.7; }
.grid { stroke: currentColor; opacity: 0.15; }
.bar { stroke-width: 4; opacity: 0.25; }
@media (prefers-color-scheme: dark) { svg { color: #c9d1d9; background: #0d1117; } }
</style>
${parts.join('\n')}
</svg>
`
}
